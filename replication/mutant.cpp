#include "replication/mutant.hpp"

#ifdef BREAKWATER_MUTANTS

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace breakwater {

namespace {

struct Entry {
  const char* name;
  const char* what;
};
constexpr Entry kEntries[] = {{"none", "a correct replica"},
#define BREAKWATER_X(name, what) {#name, what},
                              BREAKWATER_MUTANT_LIST(BREAKWATER_X)
#undef BREAKWATER_X
};

std::string spelled(const Entry& entry) {
  std::string name = entry.name;
  std::ranges::replace(name, '_', '-');
  return name;
}

Mutant from_environment() {
  const char* chosen = std::getenv("BW_MUTANT");
  if (chosen == nullptr || *chosen == '\0') return Mutant::none;
  if (std::string(chosen) == "list") {
    for (const Entry& entry : kEntries) {
      if (&entry != kEntries) std::printf("%s\t%s\n", spelled(entry).c_str(), entry.what);
    }
    std::exit(0);
  }
  const auto found = std::ranges::find(kEntries, std::string(chosen), spelled);
  if (found == std::end(kEntries)) {
    std::fprintf(stderr, "breakwater: BW_MUTANT names no mutant '%s'; BW_MUTANT=list lists them\n", chosen);
    std::exit(2);
  }
  return static_cast<Mutant>(found - kEntries);
}

}  // namespace

const Mutant active_mutant = from_environment();

}  // namespace breakwater

#endif

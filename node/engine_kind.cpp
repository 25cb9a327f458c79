#include "node/engine_kind.hpp"

namespace breakwater {

std::string engine_names() {
  std::string names;
  for (const EngineKind& kind : kEngineKinds) {
    names += (names.empty() ? "\"" : " or \"") + std::string(kind.name) + "\"";
  }
  return names;
}

std::string survives(const EngineKind& kind, const Quorums& quorums) {
  return std::to_string(quorums.f) + " of " + std::to_string(quorums.n) + " " + std::string(kind.may);
}

}  // namespace breakwater

#include "replication/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace breakwater {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "breakwater: assertion failed: %s at %s:%d; this replica stops\n", expression, file, line);
  std::abort();
}

}  // namespace breakwater

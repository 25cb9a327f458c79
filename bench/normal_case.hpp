// The normal case in one process: no fault, no socket, no real signature, the same every time.
#pragma once

#include <cstdint>

#include "sim/options.hpp"

namespace breakwater::bench {

struct NormalCase {
  sim::Engines engine = sim::Engines::pbft;
  std::uint32_t replicas = 4;
  std::uint32_t commands = 1000;  // suites reserved, after the voyage is opened
  std::uint32_t outstanding = 16;
};
// Runs it to its end: every command is answered and accepted, or the program aborts.
void run(const NormalCase& normal);

}  // namespace breakwater::bench

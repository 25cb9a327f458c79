// One seeded world of faults: some calm, some brutal; up to f replicas lie or are down at a time. Safety throughout,
// then the faults heal, then liveness.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::testing {

struct SwarmOutcome {
  std::string problem;  // empty: all held
  std::size_t calls = 0;
  std::uint64_t highest_view = 0;
  bool convicted = false;
};
SwarmOutcome run_swarm(std::uint64_t seed);

}  // namespace breakwater::testing

// Many seeds on all processors: each seed in a process of its own number, so that no outcome depends on how many there
// are.
#pragma once

#include <functional>

#include "sim/run.hpp"

namespace breakwater::cli {

struct SimFailure {
  std::uint64_t seed;
  std::string property;
  std::string detail;
};

struct SimTotals {
  std::uint64_t seeds = 0, commands = 0, slots = 0, simulated_ms = 0;
  std::vector<SimFailure> failures;  // by seed
  sim::FaultCounts faults;
  std::uint64_t trace_hash = 0;  // of all seeds: the same however many processes ran them
};

// Runs the seeds first..last in `jobs` processes; a process that dies is the violation "crash" of its seed, and another
// one goes on. `stop_at_first`: nothing is started after a violation. `progress` is called often.
SimTotals run_seeds(std::uint64_t first, std::uint64_t last, const sim::PlanOptions& options, std::uint32_t jobs,
                    bool stop_at_first, const std::function<void(const SimTotals&)>& progress);

}  // namespace breakwater::cli

// Runs a plan: safety while faults last, then liveness on what is left.
#pragma once

#include "sim/oracles.hpp"
#include "sim/plan.hpp"

namespace breakwater::sim {

struct Outcome {
  std::optional<Violation> violation;
  FaultCounts faults;
  std::uint64_t commands = 0;  // submitted
  std::uint64_t slots = 0;
  std::uint64_t simulated_ms = 0;
  std::uint64_t highest_view = 0;
  std::uint64_t trace_hash = 0;
};

// `prepare` sees the world before anything happens in it: to attach a trace. Stops at the first violation.
Outcome run(const Plan& plan, const std::function<void(Cluster&)>& prepare = nullptr);

// A plan with fewer faults, liars and commands that still violates `property`. Tries at most `attempts` runs.
Plan shrink(Plan plan, const std::string& property, std::size_t attempts);

// The plan in words, a line each.
std::vector<std::string> describe(const Plan& plan);

}  // namespace breakwater::sim

// What each step of the ladder costs: two rungs that differ in one thing.
#pragma once

#include "bench/result.hpp"

namespace breakwater::bench {

struct Step {
  std::string what;  // "a signature on every vote"
  const RungResult* from = nullptr;
  const RungResult* to = nullptr;

  // Below 1: the step makes the group slower.
  double throughput_ratio() const { return to->throughput_per_s.median / from->throughput_per_s.median; }
  double added_cpu_us() const { return to->cpu_us_per_command.median - from->cpu_us_per_command.median; }
  double added_p50_us() const { return to->p50_us.median - from->p50_us.median; }
};

// All steps between measured rungs, in the order of the ladder; of the product's figures first. The results must
// outlive them.
std::vector<Step> steps_of(const std::vector<RungResult>& results);

}  // namespace breakwater::bench

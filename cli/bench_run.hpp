// One rung of the cost ladder, measured on real processes.
#pragma once

#include "bench/result.hpp"
#include "cli/harbor.hpp"

namespace breakwater::cli {

struct BenchTiming {
  std::uint32_t windows = 5;
  std::chrono::milliseconds window{1000};
  std::chrono::milliseconds warm_up{1000};
  std::optional<double> open_loop_per_s;  // commands; absent: closed loop
};

// Makes a fresh harbor in `dir`, which is removed at the end with all that it holds; starts the group, loads it, and
// measures. A group that does not answer gives a measurement with a failure. Throws ExperimentFailed when interrupted,
// UserError.
bench::Measurement measure_rung(const bench::Rung& rung, const BenchTiming& timing, const std::filesystem::path& dir);

// Do files there survive the machine? False on a file system that is in memory.
bool is_on_a_disk(const std::filesystem::path& dir);

}  // namespace breakwater::cli

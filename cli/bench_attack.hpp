// Throughput under attack, measured on real processes.
#pragma once

#include "bench/attack.hpp"
#include "cli/bench_run.hpp"

namespace breakwater::cli {

// Each makes a fresh harbor in `dir`, which is removed at the end with all that it holds. Both throw UserError, and
// ExperimentFailed when interrupted.

// The group without a fault: the windows of `timing`. Throws ExperimentFailed too when the group does not answer.
bench::FaultFree measure_fault_free(const bench::Rung& rung, const BenchTiming& timing,
                                    const std::filesystem::path& dir);

// The attack begins under load, about two windows after the warm-up, and goes on to the end: for the windows of
// `timing` and twice the time that the group gives a primary. A group that does not answer gives a result with a
// failure.
bench::AttackResult measure_attack(const bench::Attack& attack, const bench::Rung& rung, const BenchTiming& timing,
                                   const bench::FaultFree& fault_free, const std::filesystem::path& dir);

}  // namespace breakwater::cli

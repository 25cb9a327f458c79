// What `bench` prints of the ladder.
#pragma once

#include "bench/result.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

// The contract's document. Figures of a rung that could not be measured are null.
Json bench_json(const bench::Calibration& calibration, const std::vector<bench::RungResult>& results);

void print_bench(const bench::Calibration& calibration, const std::vector<bench::RungResult>& results);

}  // namespace breakwater::cli

// The report of a measurement: one page with nothing outside it, to be read without scripts, in light and dark.
#pragma once

#include "bench/attack.hpp"
#include "bench/result.hpp"

namespace breakwater::bench {

// A whole HTML document, of rungs, attacks or both. `made` says by what and when, in a line.
std::string report_page(const Calibration& calibration, const std::vector<RungResult>& results,
                        const std::optional<AttackReport>& attacks, const std::string& made);

}  // namespace breakwater::bench

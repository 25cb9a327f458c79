// Throughput under attack, as a section of the report.
#pragma once

#include "bench/attack.hpp"

namespace breakwater::bench {

// A table, and a chart for each attack. HTML.
std::string attack_section(const AttackReport& report);

}  // namespace breakwater::bench

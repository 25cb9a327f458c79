// What `bench --attack` prints.
#pragma once

#include "bench/attack.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

// An entry for each attack. Figures that were not measured, or that there are not, are null.
Json attacks_json(const bench::AttackReport& report);

void print_attacks(const bench::AttackReport& report);

}  // namespace breakwater::cli

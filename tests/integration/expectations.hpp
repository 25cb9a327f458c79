// What every run must come to, whoever lied or died in it.
#pragma once

#include "tests/integration/harbor_rig.hpp"

namespace breakwater::testing {

// A replay of `commands` commands ended by itself, each of them answered. Returns its summary.
Json expect_all_answered(const Finished& replay, int commands);

// `audit` finds nothing wrong, and has a checkpoint common to all stores to say so by. Returns its report.
Json expect_safe(const HarborRig& rig);

// All replicas come to one state: up, and the same executed slot and state digest. Waits for it.
void expect_agreement(const HarborRig& rig);

// What `status` says of one replica; 0 when it is down. The highest of all.
std::uint64_t executed(const Json& replica);
std::uint64_t highest_executed(const Json& status);

// What the desks' commands came to by one replica's log. A request may be in two slots; it happened once.
int accepted_in_log(const HarborRig& rig, int replica);

}  // namespace breakwater::testing

// What the options of strategies mean, whatever the engine that lies.
#pragma once

#include <algorithm>

#include "adversary/strategies.hpp"

namespace breakwater::adversary {

// Of `censor`; desk-1 when nobody is named.
inline ClientId censored_client(const Strategy& strategy) {
  return ClientId(static_cast<std::uint32_t>(strategy.own_option.value_or(1)));
}

// Of `slow`; half a second when nothing is said. At most longer than any run, so that sums cannot overflow.
inline std::uint64_t delay_ticks_of(const Strategy& strategy) {
  constexpr std::uint64_t kDefaultDelayMs = 500;
  constexpr std::uint64_t kMaxDelayTicks = std::uint64_t{1} << 40;
  return std::min(strategy.own_option.value_or(kDefaultDelayMs) / strategy.tick_ms, kMaxDelayTicks);
}

// Of `random`.
inline std::uint64_t seed_of(const Strategy& strategy) { return strategy.own_option.value_or(1); }

}  // namespace breakwater::adversary

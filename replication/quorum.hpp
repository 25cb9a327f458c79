// Quorum arithmetic.
#pragma once

#include <cstdint>
#include <type_traits>

#include "replication/mutant.hpp"

namespace breakwater {

// Byzantine: n >= 4 replicas, of which f may lie. `quorum` is ceil((n+f+1)/2): any two quorums share a correct replica.
// It is 2f+1 only when n = 3f+1 (OSDI '99, section 4). `weak` quorums hold one correct replica.
struct Quorums {
  std::uint32_t n;
  std::uint32_t f;
  std::uint32_t quorum;
  std::uint32_t weak;

  static constexpr Quorums byzantine(std::uint32_t n) {
    const std::uint32_t f = (n - 1) / 3;
    if (!std::is_constant_evaluated() && mutant(Mutant::quorum_2f_plus_1)) return {n, f, 2 * f + 1, f + 1};
    return {n, f, (n + f + 2) / 2, f + 1};
  }
  // Crash faults only: any two majorities meet, and whoever answers is believed.
  static constexpr Quorums crash(std::uint32_t n) { return {n, (n - 1) / 2, n / 2 + 1, 1}; }
};

}  // namespace breakwater

// How a flood of views or terms grows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace breakwater::adversary {

// A fixed number of claims per tick, each a distance ahead of the view at hand. The distance grows by 1 at first and by
// a tenth later; at its end it begins anew. One thread.
class Flood {
 public:
  void tick() { due_ = kPerTick; }
  // Nothing until the next tick when all of this one's are made.
  std::optional<std::uint64_t> next() {
    if (due_ == 0) return std::nullopt;
    --due_;
    const std::uint64_t distance = distance_;
    distance_ = distance_ >= kFarthest ? 1 : std::min(kFarthest, distance_ + 1 + distance_ / 10);
    return distance;
  }

 private:
  static constexpr int kPerTick = 20;
  static constexpr std::uint64_t kFarthest = 1'000'000;
  int due_ = 0;
  std::uint64_t distance_ = 1;
};

}  // namespace breakwater::adversary

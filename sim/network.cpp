#include "sim/network.hpp"

#include <algorithm>

namespace breakwater::sim {

std::uint64_t Network::delay() {
  const std::uint64_t usual = random_.between(options_.min_delay_ms, options_.max_delay_ms);
  if (options_.tail_percent == 0 || !random_.percent(options_.tail_percent)) return usual;
  ++counts_["long-delay"];
  return usual + random_.below(options_.tail_ms + 1);
}

std::vector<std::uint64_t> Network::arrivals(Link link, std::uint64_t now_ms) {
  if (cut_.contains(link)) {
    ++counts_["message-cut"];
    return {};
  }
  if (random_.percent(options_.drop_percent)) {
    ++counts_["message-lost"];
    return {};
  }
  const bool repeated = random_.percent(options_.duplicate_percent);
  if (repeated) ++counts_["message-repeated"];
  std::vector<std::uint64_t> times = {now_ms + delay()};
  if (repeated) times.push_back(now_ms + delay());
  const auto clogged = clogged_.find(link);
  if (clogged == clogged_.end() || clogged->second <= now_ms) return times;
  ++counts_["message-clogged"];
  for (std::uint64_t& time : times) time = std::max(time, clogged->second + random_.below(10));
  return times;
}

}  // namespace breakwater::sim

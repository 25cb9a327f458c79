#include "bench/attack.hpp"

#include <algorithm>

namespace breakwater::bench {

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> all = {
      {"silent", "the primary falls silent", "silent", {}},
      {"slow", "the primary holds each proposal for 90 % of the time-out", "slow", {}, 0.9},
      // A request that comes while proposals are held waits for two.
      {"slow-half", "the primary holds each proposal for 45 % of the time-out", "slow", {}, 0.45},
      {"equivocate", "the primary tells the backups different things", "equivocate", {}},
      {"corrupt", "the primary's messages lose bits after they were signed", "corrupt", {}},
      {"view-flood", "the primary asks for ever higher views", "view-flood", {}},
      {"flood-bad", "a client sends requests with bad signatures", "", FloodKind::bad_signatures},
      {"flood-good", "a client sends well-signed requests", "", FloodKind::good_signatures},
  };
  return all;
}

std::vector<Attack> choose_attacks(const std::string& pattern) {
  std::vector<Attack> chosen = attacks();
  std::erase_if(chosen, [&](const Attack& attack) { return !is_part_of(pattern, attack.name); });
  return chosen;
}

std::optional<double> ratio_to(double throughput_per_s, const Impact& impact) {
  if (!impact.settled_per_s || throughput_per_s <= 0) return std::nullopt;
  return *impact.settled_per_s / throughput_per_s;
}

}  // namespace breakwater::bench

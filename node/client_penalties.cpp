#include "node/client_penalties.hpp"

#include <algorithm>

namespace breakwater {

bool ClientPenalties::is_ignored(ClientId client, Clock::time_point now) const {
  const auto penalty = penalties_.find(client);
  return penalty != penalties_.end() && now < penalty->second.until;
}

void ClientPenalties::bad_signature(ClientId client, Clock::time_point now) {
  const auto [entry, is_first] = penalties_.try_emplace(client, Penalty{kFirst, now + kFirst});
  if (is_first) return;
  Penalty& penalty = entry->second;
  if (now < penalty.until) return;  // one of those that were under way
  const bool was_good = now - penalty.until >= kLongest;
  penalty.length = was_good ? kFirst : std::min(2 * penalty.length, kLongest);
  penalty.until = now + penalty.length;
}

}  // namespace breakwater

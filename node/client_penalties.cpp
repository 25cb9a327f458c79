#include "node/client_penalties.hpp"

#include <algorithm>

namespace breakwater {

bool ClientPenalties::is_ignored(ClientId client, Clock::time_point now) const {
  const auto penalty = penalties_.find(client);
  return penalty != penalties_.end() && now < penalty->second.until;
}

void ClientPenalties::bad_signature(ClientId client, Clock::time_point now) { punish(penalties_[client], now); }

void ClientPenalties::beyond_window(ClientId client, Clock::time_point now) {
  Penalty& penalty = penalties_[client];
  if (++penalty.beyond_window < kMostBeyondWindow) return;
  penalty.beyond_window = 0;
  punish(penalty, now);
}

void ClientPenalties::within_window(ClientId client) {
  const auto penalty = penalties_.find(client);
  if (penalty != penalties_.end() && penalty->second.beyond_window > 0) --penalty->second.beyond_window;
}

void ClientPenalties::punish(Penalty& penalty, Clock::time_point now) {
  if (now < penalty.until) return;  // one of those that were under way
  const bool was_good = penalty.length == Clock::duration(0) || now - penalty.until >= kLongest;
  penalty.length = was_good ? kFirst : std::min(2 * penalty.length, kLongest);
  penalty.until = now + penalty.length;
}

}  // namespace breakwater

// Clients whose requests are not worth a look for a while.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "replication/sessions.hpp"

namespace breakwater {

// A correct client signs well, and its channel says whose requests come over it: whoever sends a bad signature over its
// own channel is faulty, and each further one would cost this replica a verification and the sender nothing. Nor has a
// correct client more in flight than its window: who is refused for that again and again, far more often than it is
// admitted, floods, or this replica is far behind. So nothing of it is looked at for a time that doubles with each
// further offence, and is short again after a long good spell. A correct client that meets it loses nothing: the other
// replicas pass its requests on. Bounded by the roster: nobody else has a channel. One thread; `now` is passed in.
class ClientPenalties {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration kFirst = std::chrono::milliseconds(100);
  static constexpr Clock::duration kLongest = std::chrono::seconds(10);
  // Requests beyond the window, less those within it, that are borne.
  static constexpr std::uint64_t kMostBeyondWindow = 2 * kSessionWindow;

  bool is_ignored(ClientId client, Clock::time_point now) const;
  void bad_signature(ClientId client, Clock::time_point now);
  void beyond_window(ClientId client, Clock::time_point now);
  void within_window(ClientId client);

 private:
  struct Penalty {
    Clock::duration length{0};  // of the last one; zero before the first
    Clock::time_point until;
    std::uint64_t beyond_window = 0;
  };
  static void punish(Penalty& penalty, Clock::time_point now);
  std::map<ClientId, Penalty> penalties_;
};

}  // namespace breakwater

// Clients whose signatures are not worth a check for a while.
#pragma once

#include <chrono>
#include <map>

#include "replication/ids.hpp"

namespace breakwater {

// A correct client signs well, and its channel says whose requests come over it: whoever sends a bad signature over its
// own channel is faulty, and each further one would cost this replica a verification and the sender nothing. So nothing
// of it is checked for a time that doubles with each bad signature after it, and is short again after a long good
// spell. Bounded by the roster: nobody else has a channel. One thread; `now` is passed in.
class ClientPenalties {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration kFirst = std::chrono::milliseconds(100);
  static constexpr Clock::duration kLongest = std::chrono::seconds(10);

  bool is_ignored(ClientId client, Clock::time_point now) const;
  void bad_signature(ClientId client, Clock::time_point now);

 private:
  struct Penalty {
    Clock::duration length;
    Clock::time_point until;
  };
  std::map<ClientId, Penalty> penalties_;
};

}  // namespace breakwater

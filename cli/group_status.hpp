// What the replicas of a harbor say of themselves.
#pragma once

#include <set>

#include "cli/harbor.hpp"

namespace breakwater::cli {

struct GroupStatus {
  std::map<ReplicaId, StatusReport> reports;  // of those that answered
  bool quorum_healthy = false;                // a quorum is up, in one view, neither changing it nor quarantined

  // Who answered and takes part: not those that still ask whether the group has a history.
  std::set<ReplicaId> joined() const;
  // How many of the group take no part.
  std::uint32_t absent(const Quorums& quorums) const { return quorums.n - static_cast<std::uint32_t>(joined().size()); }
};

// Asks all replicas, and waits until all answered or `timeout` passed; a replica whose process is known to be gone
// (local, no pid) is not waited for.
GroupStatus ask_group(const Harbor& harbor, std::chrono::milliseconds timeout, bool with_state_digest);

}  // namespace breakwater::cli

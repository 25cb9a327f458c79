// What the replicas of a harbor say of themselves.
#pragma once

#include "cli/harbor.hpp"

namespace breakwater::cli {

struct GroupStatus {
  std::map<ReplicaId, StatusReport> reports;  // of those that answered
  bool quorum_healthy = false;                // a quorum is up, in one view, neither changing it nor quarantined

  // How many of the group take no part: they did not answer, or have not joined.
  std::uint32_t absent(const Quorums& quorums) const;
};

// Asks all replicas, and waits until all answered or `timeout` passed; a replica whose process is known to be gone
// (local, no pid) is not waited for.
GroupStatus ask_group(const Harbor& harbor, std::chrono::milliseconds timeout, bool with_state_digest);

}  // namespace breakwater::cli

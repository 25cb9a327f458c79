// Fault injection: a replica that is told to hear and reach some of its peers no more.
#pragma once

#include <set>

#include "replication/ids.hpp"

namespace breakwater {

// Peers whose traffic this replica drops, both ways, until it is told otherwise; a restart forgets them. One thread.
class Partition {
 public:
  void cut_off(std::set<ReplicaId> peers) { peers_ = std::move(peers); }
  bool drops(ReplicaId peer) const { return peers_.contains(peer); }
  const std::set<ReplicaId>& peers() const { return peers_; }

 private:
  std::set<ReplicaId> peers_;
};

}  // namespace breakwater

// Before its first vote, a replica with an empty or imported store asks whether the group has a history that it lost.
#pragma once

#include <map>
#include <optional>

#include "replication/ids.hpp"
#include "replication/quorum.hpp"

namespace breakwater {

// What a peer's status says of the group.
struct PeerReport {
  ReplicaId peer;
  bool has_history;  // any view or term, slot, entry or checkpoint beyond zero, or beyond what was imported
};

// A replica that lost its store has lost the memory of what it promised, so it must not vote again; but a fresh group
// begins with empty stores everywhere. The peers tell the two apart: while it probes, a replica sends nothing but its
// question, which is its own empty status, and judges by the latest status of each peer.
//
// f faulty replicas alone can neither keep a fresh replica out nor let a forgetful one in while the correct peers are
// heard; which peers are heard is up to the network, so this is a guard against an operator's mistake, not a proof. One
// thread.
class HistoryProbe {
 public:
  enum class Verdict {
    undecided,
    fresh,        // a quorum, this replica included, has no history: it may vote
    has_history,  // a weak quorum has history: this replica lost its own
  };

  // `grace_ticks`: how long to wait for all peers before a quorum of fresh ones is enough; without one it never is. A
  // replica of a fresh group that starts a little later than the others still finds them fresh that way.
  // `interval_ticks`: between two questions.
  HistoryProbe(ReplicaId self, Quorums quorums, std::optional<std::uint64_t> grace_ticks, std::uint64_t interval_ticks);

  // The caller guarantees that the channel vouches for the peer. Reports of strangers and of itself count nothing.
  void heard(const PeerReport& report);
  // One tick. True when it is time to ask all peers.
  bool tick();

  Verdict verdict() const;
  std::size_t peers_heard() const { return has_history_.size(); }
  std::size_t peers_with_history() const;
  std::uint64_t ticks() const { return ticks_; }

 private:
  ReplicaId self_;
  Quorums quorums_;
  std::optional<std::uint64_t> grace_ticks_;
  std::uint64_t interval_ticks_;
  std::uint64_t ticks_ = 0;
  std::map<ReplicaId, bool> has_history_;  // by peer: at most n-1
};

}  // namespace breakwater

// When each incarnation of each replica speaks. A replica that lost its store, or changes its key, comes back as its
// next incarnation (docs/protocol.md, "Readmission").
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "replication/ids.hpp"

namespace breakwater {

// One incarnation of one replica. The first of each is there from the beginning: both slots are 0.
struct Era {
  Incarnation incarnation;
  SequenceNumber readmitted;  // s: the slot whose execution readmitted it
  SequenceNumber effective;   // E: a checkpoint, at least one log window later; it votes on the slots beyond
  auto operator<=>(const Era&) const = default;
};

// Any thread. Eras are added only. Replicas that have executed the same slots know the same ones; one that is behind
// knows fewer, and one whose configuration is newer more.
class Incarnations {
 public:
  Incarnations();
  ~Incarnations();
  // A group of `replicas` in which each is in the incarnation `first`.
  static std::shared_ptr<Incarnations> of(std::uint32_t replicas, Incarnation first = Incarnation(0));

  // The later one of two eras given for one incarnation stands: what was executed is the authority.
  void add(ReplicaId id, const Era& era);

  std::uint32_t replicas() const;
  bool knows(ReplicaId id, Incarnation incarnation) const;
  std::vector<Era> eras_of(ReplicaId id) const;  // ascending; empty for a stranger
  // The caller guarantees that the replica is known.
  Incarnation latest(ReplicaId id) const;
  // The E of the earliest known incarnation that is not before `incarnation`; beyond every slot when there is none.
  SequenceNumber effective_from(ReplicaId id, Incarnation incarnation) const;
  // Whose votes on slot `n` count: pre-prepare, prepare, commit, checkpoint, reply.
  Incarnation at(ReplicaId id, SequenceNumber n) const;
  bool votes_on(ReplicaId id, Incarnation incarnation, SequenceNumber n) const;
  // Does a view-change of this incarnation from the low watermark `low` count among view-changes whose highest low
  // watermark is `min_s`? The old incarnation's while nobody is past its readmission; the new one's from E on, where
  // nothing is left that the old one promised. In between the replica has none.
  bool asks(ReplicaId id, Incarnation incarnation, SequenceNumber low, SequenceNumber min_s) const;
  // Which incarnation's view-change from `low` counts, if any does.
  std::optional<Incarnation> asking_from(ReplicaId id, SequenceNumber low) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace breakwater

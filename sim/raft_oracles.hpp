// What must hold of Raft replicas besides: the properties of the dissertation's figure 3.2.
#pragma once

#include "sim/oracles.hpp"

namespace breakwater::sim {

// State-machine safety is what every engine owes (`agreement`); election safety, log matching and leader completeness
// are checked here, over what correct replicas send and write. One thread.
class RaftOracles final : public Oracles {
 public:
  void has_said(ReplicaId id, std::optional<ReplicaId> to, const Message& message) override;
  void wrote(ReplicaId id, const Record& record) override;
  void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;
  void ticked(ReplicaId id, const Replica& replica) override;
  // One replica's word is an outcome: it may come before any correct replica executed the slot.
  void answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) override;

 private:
  struct Held {
    ViewNumber term;
    Digest digest;
  };
  struct Told {
    Request request;
    Bytes result;
    std::size_t asked_after;
  };
  void leads(ReplicaId id, ViewNumber term);
  void check_leader(ReplicaId id, ViewNumber term);
  void note_loss(ReplicaId id, SequenceNumber n);
  void check_entry(ReplicaId id, SequenceNumber n, const Held& entry);

  std::map<ViewNumber, ReplicaId> leaders_;                   // liars too: whom correct replicas follow
  std::set<std::pair<ReplicaId, ViewNumber>> led_;            // by a correct leader, and judged
  std::map<ReplicaId, ViewNumber> terms_;                     // of what each said last
  std::map<SequenceNumber, ViewNumber> committed_by_;         // the term in which it was committed, or a later one
  std::map<SequenceNumber, ViewNumber> committed_terms_;      // the terms of committed entries
  std::set<std::pair<ReplicaId, SequenceNumber>> given_up_;   // committed entries that left a log since the last tick
  std::map<ReplicaId, std::map<SequenceNumber, Held>> logs_;  // what each journal holds
  // Of (index, term): what is decided there, and the term of the entry before, where it was seen.
  std::map<std::pair<SequenceNumber, ViewNumber>, Digest> entries_;
  std::map<std::pair<SequenceNumber, ViewNumber>, ViewNumber> before_;
  std::multimap<SequenceNumber, Told> told_;  // answers of slots that no correct replica has executed
};

}  // namespace breakwater::sim

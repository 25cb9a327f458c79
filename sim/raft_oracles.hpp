// What must hold of Raft replicas besides: the properties of the dissertation's figure 3.2.
#pragma once

#include "sim/oracles.hpp"

namespace breakwater::sim {

// State-machine safety is what every engine owes (`agreement`); election safety, log matching and leader completeness
// are checked here, over what correct replicas send and write. One thread.
class RaftOracles final : public Oracles {
 public:
  void has_said(ReplicaId id, const Message& message) override;
  void wrote(ReplicaId id, const Record& record) override;
  void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;

 private:
  struct Held {
    ViewNumber term;
    Digest digest;
  };
  void check_leader(ReplicaId id, ViewNumber term);
  void check_entry(ReplicaId id, SequenceNumber n, const Held& entry);

  std::map<ViewNumber, ReplicaId> leaders_;
  std::map<ReplicaId, ViewNumber> terms_;                     // of what each said last
  std::map<SequenceNumber, ViewNumber> committed_by_;         // the term in which it was committed, or a later one
  std::map<ReplicaId, std::map<SequenceNumber, Held>> logs_;  // what each journal holds
  // Of (index, term): what is decided there, and the term of the entry before, where it was seen.
  std::map<std::pair<SequenceNumber, ViewNumber>, Digest> entries_;
  std::map<std::pair<SequenceNumber, ViewNumber>, ViewNumber> before_;
};

}  // namespace breakwater::sim

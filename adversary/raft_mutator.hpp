// Mutations of Raft's messages.
#pragma once

#include "adversary/message_mutator.hpp"
#include "raft/messages.hpp"

namespace breakwater::adversary {

// Each of raft/messages.hpp but committed slots, for which see mutated_slot().
class RaftMutator final : public MessageMutator {
 public:
  using MessageMutator::MessageMutator;

  void see(const Message& message) override;
  MessagePtr mutated(const MessagePtr& message, Scope scope) override;

 private:
  void move(ViewNumber& term, Scope scope) { term.value = moved(term.value, terms_, scope); }
  void move(SequenceNumber& index, Scope scope) { index.value = moved(index.value, indexes_, scope); }
  MessagePtr mutated_append(raft::AppendEntries m, Scope scope);
  MessagePtr mutated_append_result(raft::AppendEntriesResult m, Scope scope);
  MessagePtr mutated_question(raft::RequestVote m, Scope scope);
  MessagePtr mutated_vote(raft::RequestVoteResult m, Scope scope);
  MessagePtr mutated_snapshot(raft::InstallSnapshot m, Scope scope);
  MessagePtr mutated_snapshot_result(raft::InstallSnapshotResult m, Scope scope);
  MessagePtr mutated_status(raft::Status m, Scope scope);

  Seen<std::uint64_t> terms_, indexes_;
};

// Another slot, or another entry for it. The archive's slots do not pass through the engine.
MessagePtr mutated_slot(const raft::CommittedSlot& slot, Random& random);

}  // namespace breakwater::adversary

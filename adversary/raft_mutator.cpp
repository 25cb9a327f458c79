#include "adversary/raft_mutator.hpp"

#include "crypto/batch.hpp"

namespace breakwater::adversary {

using namespace raft;

void RaftMutator::see(const Message& message) {
  const auto* m = dynamic_cast<const RaftMessage*>(&message);
  if (m == nullptr) return;
  terms_.add(m->term.value);
  if (const auto* append = dynamic_cast<const AppendEntries*>(m)) {
    indexes_.add(append->previous_index.value);
    for (const Entry& entry : append->entries) see_batch(entry.batch);
  } else if (const auto* result = dynamic_cast<const AppendEntriesResult*>(m)) {
    indexes_.add(result->index.value);
  }
}

MessagePtr RaftMutator::mutated_append(AppendEntries m, Scope scope) {
  switch (random_.below(7)) {
    case 0: move(m.term, scope); break;
    case 1: move(m.previous_index, scope); break;
    case 2: move(m.previous_term, scope); break;
    case 3: move(m.leader_commit, scope); break;
    case 4: rearrange(m.entries, random_); break;
    default: {
      if (m.entries.empty()) break;
      Entry& entry = m.entries[random_.below(m.entries.size())];
      if (random_.percent(20)) move(entry.term, scope);
      else entry.batch = random_.percent(20) ? nullptr : other_batch(entry.batch, scope);
      break;
    }
  }
  return std::make_shared<AppendEntries>(std::move(m));
}

MessagePtr RaftMutator::mutated_append_result(AppendEntriesResult m, Scope scope) {
  switch (random_.below(5)) {
    case 0: move(m.term, scope); break;
    case 1: m.success = !m.success; break;
    case 2: move(m.index, scope); break;
    case 3: move(m.committed, scope); break;
    default: move(m.previous_index, scope); break;
  }
  return std::make_shared<AppendEntriesResult>(m);
}

MessagePtr RaftMutator::mutated_question(RequestVote m, Scope scope) {
  switch (random_.below(4)) {
    case 0: move(m.term, scope); break;
    case 1: m.pre_vote = !m.pre_vote; break;
    case 2: move(m.last_index, scope); break;
    default: move(m.last_term, scope); break;
  }
  return std::make_shared<RequestVote>(m);
}

MessagePtr RaftMutator::mutated_vote(RequestVoteResult m, Scope scope) {
  switch (random_.below(3)) {
    case 0: move(m.term, scope); break;
    case 1: m.pre_vote = !m.pre_vote; break;
    default: m.granted = !m.granted; break;
  }
  return std::make_shared<RequestVoteResult>(m);
}

MessagePtr RaftMutator::mutated_snapshot(InstallSnapshot m, Scope scope) {
  switch (random_.below(3)) {
    case 0: move(m.term, scope); break;
    case 1: move(m.sequence, scope); break;
    default: m.root = random_digest(random_); break;
  }
  return std::make_shared<InstallSnapshot>(std::move(m));
}

MessagePtr RaftMutator::mutated_snapshot_result(InstallSnapshotResult m, Scope scope) {
  if (random_.below(2) == 0) move(m.term, scope);
  else move(m.sequence, scope);
  return std::make_shared<InstallSnapshotResult>(m);
}

MessagePtr RaftMutator::mutated_status(Status m, Scope scope) {
  switch (random_.below(3)) {
    case 0: move(m.term, scope); break;
    case 1: move(m.last_index, scope); break;
    default: m.asks = !m.asks; break;
  }
  return std::make_shared<Status>(m);
}

MessagePtr RaftMutator::mutated(const MessagePtr& message, Scope scope) {
  const auto* m = dynamic_cast<const RaftMessage*>(message.get());
  if (m == nullptr) return message;
  switch (m->kind()) {
    case MessageKind::request_vote: return mutated_question(static_cast<const RequestVote&>(*m), scope);
    case MessageKind::request_vote_result: return mutated_vote(static_cast<const RequestVoteResult&>(*m), scope);
    case MessageKind::append_entries: return mutated_append(static_cast<const AppendEntries&>(*m), scope);
    case MessageKind::append_entries_result:
      return mutated_append_result(static_cast<const AppendEntriesResult&>(*m), scope);
    case MessageKind::install_snapshot: return mutated_snapshot(static_cast<const InstallSnapshot&>(*m), scope);
    case MessageKind::install_snapshot_result:
      return mutated_snapshot_result(static_cast<const InstallSnapshotResult&>(*m), scope);
    case MessageKind::committed_slot: return mutated_slot(static_cast<const CommittedSlot&>(*m), random_);
    case MessageKind::status: return mutated_status(static_cast<const Status&>(*m), scope);
  }
  return message;
}

MessagePtr mutated_slot(const CommittedSlot& slot, Random& random) {
  ArchivedEntry archived = slot.archived;
  switch (random.below(4)) {
    case 0: archived.sequence = archived.sequence.next(); break;
    case 1: archived.entry.term = archived.entry.term.next(); break;
    case 2: archived.entry.batch = nullptr; break;
    default:
      if (archived.entry.batch != nullptr) {
        archived.entry.batch = make_batch(archived.entry.batch->time.next(), archived.entry.batch->requests);
      }
      break;
  }
  return std::make_shared<CommittedSlot>(slot.sender(), std::move(archived));
}

}  // namespace breakwater::adversary

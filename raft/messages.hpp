// The messages of Raft, under the names of Ongaro's dissertation (2014, figures 3.1 and 5.3). Unsigned: the
// authenticated channel says who sent them, and whoever is a member is believed.
#pragma once

#include <memory>

#include "raft/entry.hpp"
#include "replication/engine.hpp"

namespace breakwater::raft {

inline constexpr std::size_t kMaxEntriesPerAppend = 64;
inline constexpr std::size_t kMaxAppendBytes = 2 * 1024 * 1024;  // one batch always fits

enum class MessageKind : std::uint8_t {
  request_vote = 1,
  request_vote_result = 2,
  append_entries = 3,
  append_entries_result = 4,
  install_snapshot = 5,
  install_snapshot_result = 6,
  committed_slot = 7,
  status = 8,
};

class RaftMessage : public Message {
 public:
  RaftMessage(ReplicaId from, ViewNumber t) : sender_(from), term(t) {}
  virtual MessageKind kind() const = 0;
  std::string_view name() const override;
  ReplicaId sender() const override { return sender_; }

 private:
  ReplicaId sender_;

 public:
  ViewNumber term;
};
using RaftMessagePtr = std::shared_ptr<const RaftMessage>;

// `pre_vote` (dissertation 9.6): would you vote for me in `term`, which I have not begun? Changes nothing at anyone.
class RequestVote final : public RaftMessage {
 public:
  RequestVote(ReplicaId from, ViewNumber t, bool pre, SequenceNumber index, ViewNumber index_term)
      : RaftMessage(from, t), pre_vote(pre), last_index(index), last_term(index_term) {}
  bool pre_vote;
  SequenceNumber last_index;
  ViewNumber last_term;
  MessageKind kind() const override { return MessageKind::request_vote; }
};

// A granted pre-vote names the term that was asked about; everything else the sender's own.
class RequestVoteResult final : public RaftMessage {
 public:
  RequestVoteResult(ReplicaId from, ViewNumber t, bool pre, bool grant)
      : RaftMessage(from, t), pre_vote(pre), granted(grant) {}
  bool pre_vote;
  bool granted;
  MessageKind kind() const override { return MessageKind::request_vote_result; }
};

// The entries that follow `previous_index`; none for a heartbeat. `round` lets the leader count who still follows it
// (read-index, dissertation 6.4).
class AppendEntries final : public RaftMessage {
 public:
  AppendEntries(ReplicaId from, ViewNumber t, SequenceNumber index, ViewNumber index_term, SequenceNumber commit,
                std::uint64_t r, std::vector<Entry> e)
      : RaftMessage(from, t),
        previous_index(index),
        previous_term(index_term),
        leader_commit(commit),
        round(r),
        entries(std::move(e)) {}
  SequenceNumber previous_index;
  ViewNumber previous_term;
  SequenceNumber leader_commit;
  std::uint64_t round;
  std::vector<Entry> entries;
  MessageKind kind() const override { return MessageKind::append_entries; }
};

// Success: the sender's log equals the leader's up to `index`. Else `index` is where the leader should look next: an
// entry that may match.
class AppendEntriesResult final : public RaftMessage {
 public:
  AppendEntriesResult(ReplicaId from, ViewNumber t, bool ok, SequenceNumber i, SequenceNumber commit,
                      SequenceNumber previous, std::uint64_t r)
      : RaftMessage(from, t), success(ok), index(i), committed(commit), previous_index(previous), round(r) {}
  bool success;
  SequenceNumber index;
  SequenceNumber committed;       // by the sender's knowledge: up to there all logs are equal
  SequenceNumber previous_index;  // of the append that this answers
  std::uint64_t round;            // likewise
  MessageKind kind() const override { return MessageKind::append_entries_result; }
};

// There is a snapshot, for a follower that needs what the leader's log no longer holds. Deviation: it names the state
// by its root; the parts come by state transfer (replication/transfer.hpp), from all members and not from the leader
// alone.
class InstallSnapshot final : public RaftMessage {
 public:
  InstallSnapshot(ReplicaId from, ViewNumber t, SequenceNumber s, Bytes record, Digest r)
      : RaftMessage(from, t), sequence(s), slot(std::move(record)), root(r) {}
  SequenceNumber sequence;
  Bytes slot;  // the archive's record of slot `sequence`: its term
  Digest root;
  MessageKind kind() const override { return MessageKind::install_snapshot; }
};

// The sender has everything up to `sequence`.
class InstallSnapshotResult final : public RaftMessage {
 public:
  InstallSnapshotResult(ReplicaId from, ViewNumber t, SequenceNumber s) : RaftMessage(from, t), sequence(s) {}
  SequenceNumber sequence;
  MessageKind kind() const override { return MessageKind::install_snapshot_result; }
};

// A committed slot from the sender's archive, for a follower far behind. Committed is final: it is true in any term.
class CommittedSlot final : public RaftMessage {
 public:
  CommittedSlot(ReplicaId from, ArchivedEntry slot) : RaftMessage(from, ViewNumber(0)), archived(std::move(slot)) {}
  ArchivedEntry archived;
  MessageKind kind() const override { return MessageKind::committed_slot; }
};

// What a replica has. With `asks` it wants the others' to come back: a replica that starts with an empty store asks so
// whether it lost one.
class Status final : public RaftMessage {
 public:
  Status(ReplicaId from, ViewNumber t, SequenceNumber last, SequenceNumber commit, bool wants_answer)
      : RaftMessage(from, t), last_index(last), committed(commit), asks(wants_answer) {}
  SequenceNumber last_index;
  SequenceNumber committed;
  bool asks;
  MessageKind kind() const override { return MessageKind::status; }
};

}  // namespace breakwater::raft

// Frames between Raft replicas: writing. Offsets are made one statement at a time, for the order of evaluation of
// arguments would show in the bytes.
#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/raft_generated.h"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

using flatbuffers::FlatBufferBuilder;
using wire::put_bytes;
using Kind = wire::raft::Message;

constexpr std::size_t kRoomForTables = 512;  // envelope, message and vtables of any one message
constexpr std::size_t kRoomPerElement = 64;  // table, lengths and padding of an entry

template <class T>
Bytes seal(FlatBufferBuilder& builder, Kind kind, flatbuffers::Offset<T> message) {
  const auto envelope = wire::raft::CreateEnvelope(builder, wire::kProtocol, kind, message.Union());
  wire::raft::FinishEnvelopeBuffer(builder, envelope);
  return wire::take_frame(builder);
}

Bytes write(const raft::RequestVote& m) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(builder, Kind::RequestVote,
              wire::raft::CreateRequestVote(builder, m.sender().value, m.term.value, m.pre_vote, m.last_index.value,
                                            m.last_term.value));
}

Bytes write(const raft::RequestVoteResult& m) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(builder, Kind::RequestVoteResult,
              wire::raft::CreateRequestVoteResult(builder, m.sender().value, m.term.value, m.pre_vote, m.granted));
}

Bytes write(const raft::AppendEntries& m) {
  std::size_t size = kRoomForTables;
  for (const raft::Entry& entry : m.entries) {
    size += kRoomPerElement + (entry.batch == nullptr ? 0 : entry.batch->encoded.size());
  }
  FlatBufferBuilder builder(size);
  std::vector<flatbuffers::Offset<wire::raft::Entry>> entries;
  for (const raft::Entry& entry : m.entries) {
    const auto bytes = put_bytes(builder, raft::encode_entry(entry));
    entries.push_back(wire::raft::CreateEntry(builder, bytes));
  }
  const auto entries_at = builder.CreateVector(entries);
  return seal(builder, Kind::AppendEntries,
              wire::raft::CreateAppendEntries(builder, m.sender().value, m.term.value, m.previous_index.value,
                                              m.previous_term.value, m.leader_commit.value, m.round, entries_at));
}

Bytes write(const raft::AppendEntriesResult& m) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(builder, Kind::AppendEntriesResult,
              wire::raft::CreateAppendEntriesResult(builder, m.sender().value, m.term.value, m.success, m.index.value,
                                                    m.committed.value, m.previous_index.value, m.round));
}

Bytes write(const raft::InstallSnapshot& m) {
  FlatBufferBuilder builder(kRoomForTables + m.slot.size());
  const auto slot = put_bytes(builder, m.slot);
  const auto root = wire::to_wire(m.root);
  return seal(
      builder, Kind::InstallSnapshot,
      wire::raft::CreateInstallSnapshot(builder, m.sender().value, m.term.value, m.sequence.value, slot, &root));
}

Bytes write(const raft::InstallSnapshotResult& m) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(builder, Kind::InstallSnapshotResult,
              wire::raft::CreateInstallSnapshotResult(builder, m.sender().value, m.term.value, m.sequence.value));
}

Bytes write(const raft::CommittedSlot& m) {
  const Bytes archived = raft::encode_archived(m.archived);
  FlatBufferBuilder builder(kRoomForTables + archived.size());
  const auto bytes = put_bytes(builder, archived);
  return seal(builder, Kind::CommittedSlot, wire::raft::CreateCommittedSlot(builder, m.sender().value, bytes));
}

Bytes write(const raft::Status& m) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(
      builder, Kind::Status,
      wire::raft::CreateStatus(builder, m.sender().value, m.term.value, m.last_index.value, m.committed.value, m.asks));
}

}  // namespace

Bytes encode_frame(const raft::RaftMessage& message) {
  using raft::MessageKind;
  switch (message.kind()) {
    case MessageKind::request_vote: return write(static_cast<const raft::RequestVote&>(message));
    case MessageKind::request_vote_result: return write(static_cast<const raft::RequestVoteResult&>(message));
    case MessageKind::append_entries: return write(static_cast<const raft::AppendEntries&>(message));
    case MessageKind::append_entries_result: return write(static_cast<const raft::AppendEntriesResult&>(message));
    case MessageKind::install_snapshot: return write(static_cast<const raft::InstallSnapshot&>(message));
    case MessageKind::install_snapshot_result: return write(static_cast<const raft::InstallSnapshotResult&>(message));
    case MessageKind::committed_slot: return write(static_cast<const raft::CommittedSlot&>(message));
    case MessageKind::status: return write(static_cast<const raft::Status&>(message));
  }
  BW_ASSERT(false);
  return {};
}

}  // namespace breakwater

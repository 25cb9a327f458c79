// Frames between Raft replicas: reading. The verifier has run before any of these looks at a field; each refuses sizes
// before it copies or decodes. Members are trusted to follow the protocol, but what comes in is bounded all the same.
#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/raft_generated.h"

namespace breakwater {

namespace {

using Decoded = std::expected<raft::RaftMessagePtr, RejectReason>;

// Envelope and message; the elements of the longest list.
constexpr std::uint32_t kMaxTables = 8 + raft::kMaxEntriesPerAppend;
constexpr std::size_t kMaxEntryBytes = 8 + kMaxBatchBytes;
constexpr std::size_t kMaxArchivedBytes = 8 + kMaxEntryBytes;
// As raft/messages.hpp has it, which counts batches; each entry has its term besides.
constexpr std::size_t kMaxEntriesBytes = raft::kMaxAppendBytes + 8 * raft::kMaxEntriesPerAppend;

Decoded refused(RejectReason reason) { return std::unexpected(reason); }

Decoded read(const wire::raft::RequestVote& in) {
  return std::make_shared<raft::RequestVote>(ReplicaId(in.from()), ViewNumber(in.term()), in.pre_vote(),
                                             SequenceNumber(in.last_index()), ViewNumber(in.last_term()));
}

Decoded read(const wire::raft::RequestVoteResult& in) {
  return std::make_shared<raft::RequestVoteResult>(ReplicaId(in.from()), ViewNumber(in.term()), in.pre_vote(),
                                                   in.granted());
}

// Offsets may share their target: the bytes are counted as often as they are named.
Decoded read(const wire::raft::AppendEntries& in) {
  const std::size_t count = wire::size_of(in.entries());
  if (count > raft::kMaxEntriesPerAppend) return refused(RejectReason::oversized);
  std::vector<raft::Entry> entries;
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const ByteView bytes = wire::view_of(in.entries()->Get(static_cast<flatbuffers::uoffset_t>(i))->bytes());
    total += bytes.size();
    if (bytes.size() > kMaxEntryBytes || total > kMaxEntriesBytes) return refused(RejectReason::oversized);
    std::optional<raft::Entry> entry = raft::decode_entry(bytes);
    if (!entry) return refused(RejectReason::malformed);
    entries.push_back(std::move(*entry));
  }
  return std::make_shared<raft::AppendEntries>(ReplicaId(in.from()), ViewNumber(in.term()),
                                               SequenceNumber(in.previous_index()), ViewNumber(in.previous_term()),
                                               SequenceNumber(in.leader_commit()), in.round(), std::move(entries));
}

Decoded read(const wire::raft::AppendEntriesResult& in) {
  return std::make_shared<raft::AppendEntriesResult>(ReplicaId(in.from()), ViewNumber(in.term()), in.success(),
                                                     SequenceNumber(in.index()), SequenceNumber(in.committed()),
                                                     SequenceNumber(in.previous_index()), in.round());
}

Decoded read(const wire::raft::InstallSnapshot& in) {
  const ByteView slot = wire::view_of(in.slot());
  if (slot.size() > kMaxArchivedBytes) return refused(RejectReason::oversized);
  return std::make_shared<raft::InstallSnapshot>(ReplicaId(in.from()), ViewNumber(in.term()),
                                                 SequenceNumber(in.sequence()), Bytes(slot.begin(), slot.end()),
                                                 wire::from_wire(*in.root()));
}

Decoded read(const wire::raft::InstallSnapshotResult& in) {
  return std::make_shared<raft::InstallSnapshotResult>(ReplicaId(in.from()), ViewNumber(in.term()),
                                                       SequenceNumber(in.sequence()));
}

Decoded read(const wire::raft::CommittedSlot& in) {
  const ByteView bytes = wire::view_of(in.archived());
  if (bytes.size() > kMaxArchivedBytes) return refused(RejectReason::oversized);
  std::optional<raft::ArchivedEntry> slot = raft::decode_archived(bytes);
  if (!slot) return refused(RejectReason::malformed);
  return std::make_shared<raft::CommittedSlot>(ReplicaId(in.from()), std::move(*slot));
}

Decoded read(const wire::raft::Status& in) {
  return std::make_shared<raft::Status>(ReplicaId(in.from()), ViewNumber(in.term()), SequenceNumber(in.last_index()),
                                        SequenceNumber(in.committed()), in.asks());
}

}  // namespace

Decoded decode_raft_frame(ByteView frame) {
  if (frame.size() > wire::kMaxReplicaFrameBytes) return refused(RejectReason::oversized);
  const wire::AlignedFrame aligned(frame);
  const auto opened = wire::open_envelope<wire::raft::Envelope>(aligned, wire::raft::EnvelopeIdentifier(), kMaxTables);
  if (!opened) return refused(opened.error());
  const wire::raft::Envelope& in = **opened;
  using Kind = wire::raft::Message;
  switch (in.message_type()) {
    case Kind::RequestVote: return read(*in.message_as_RequestVote());
    case Kind::RequestVoteResult: return read(*in.message_as_RequestVoteResult());
    case Kind::AppendEntries: return read(*in.message_as_AppendEntries());
    case Kind::AppendEntriesResult: return read(*in.message_as_AppendEntriesResult());
    case Kind::InstallSnapshot: return read(*in.message_as_InstallSnapshot());
    case Kind::InstallSnapshotResult: return read(*in.message_as_InstallSnapshotResult());
    case Kind::CommittedSlot: return read(*in.message_as_CommittedSlot());
    case Kind::Status: return read(*in.message_as_Status());
    case Kind::NONE: break;
  }
  return refused(RejectReason::unexpected_message);
}

}  // namespace breakwater

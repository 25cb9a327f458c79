// Frames between replicas: writing. Offsets are made one statement at a time, for the order of evaluation of
// arguments would show in the bytes.
#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/replica_generated.h"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

using flatbuffers::FlatBufferBuilder;
using wire::put_bytes;
using Kind = wire::replica::Message;

constexpr std::size_t kRoomForTables = 512;  // envelope, header and vtables of any one message

template <class T>
Bytes seal(FlatBufferBuilder& builder, Kind kind, flatbuffers::Offset<T> message) {
  const auto envelope = wire::replica::CreateEnvelope(builder, wire::kProtocol, kind, message.Union());
  wire::replica::FinishEnvelopeBuffer(builder, envelope);
  return wire::take_frame(builder);
}

Bytes write(const pbft::PrePrepare& m) {
  FlatBufferBuilder builder(kRoomForTables + (m.batch == nullptr ? 0 : m.batch->encoded.size()));
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> batch;
  if (m.batch != nullptr) batch = put_bytes(builder, m.batch->encoded);
  const auto header = wire::to_wire(m.header);
  return seal(builder, Kind::PrePrepare, wire::replica::CreatePrePrepare(builder, &header, batch));
}

Bytes write(const pbft::Prepare& m) {
  FlatBufferBuilder builder(kRoomForTables);
  const auto header = wire::to_wire(m.header);
  const auto primary = wire::to_wire(m.primary);
  const auto signature = wire::to_wire(m.primary_signature);
  return seal(builder, Kind::Prepare, wire::replica::CreatePrepare(builder, &header, &primary, &signature));
}

Bytes write(const pbft::Commit& m) {
  FlatBufferBuilder builder(kRoomForTables);
  const auto header = wire::to_wire(m.header);
  return seal(builder, Kind::Commit, wire::replica::CreateCommit(builder, &header));
}

Bytes write(const pbft::Checkpoint& m) {
  FlatBufferBuilder builder(kRoomForTables);
  const auto header = wire::to_wire(m.header);
  return seal(builder, Kind::Checkpoint, wire::replica::CreateCheckpoint(builder, &header));
}

Bytes write(const pbft::ViewChange& m) {
  FlatBufferBuilder builder(kRoomForTables + m.encoded_body.size());
  const auto body = put_bytes(builder, m.encoded_body);
  const auto header = wire::to_wire(m.header);
  return seal(builder, Kind::ViewChange, wire::replica::CreateViewChange(builder, &header, body));
}

Bytes write(const pbft::NewView& m) {
  FlatBufferBuilder builder(kRoomForTables + m.encoded_body.size());
  const auto body = put_bytes(builder, m.encoded_body);
  const auto header = wire::to_wire(m.header);
  return seal(builder, Kind::NewView, wire::replica::CreateNewView(builder, &header, body));
}

Bytes write(const pbft::Status& m) {
  FlatBufferBuilder builder(kRoomForTables);
  std::vector<wire::replica::SlotStatus> slots;
  slots.reserve(m.slots.size());
  for (const pbft::Status::Slot& slot : m.slots) slots.emplace_back(slot.sequence.value, slot.has);
  std::vector<std::uint32_t> view_changes;
  view_changes.reserve(m.view_changes.size());
  for (ReplicaId id : m.view_changes) view_changes.push_back(id.value);
  std::vector<wire::Digest32> wanted;
  wanted.reserve(m.wanted_batches.size());
  for (const Digest& digest : m.wanted_batches) wanted.push_back(wire::to_wire(digest));
  const auto slots_at = builder.CreateVectorOfStructs(slots);
  const auto view_changes_at = builder.CreateVector(view_changes);
  const auto wanted_at = builder.CreateVectorOfStructs(wanted);
  return seal(
      builder, Kind::Status,
      wire::replica::CreateStatus(builder, m.from.value, m.view.value, m.view_changing, m.stable_checkpoint.value,
                                  m.decided.value, slots_at, view_changes_at, wanted_at, m.fetching));
}

Bytes write(const pbft::RelayedRequest& m) {
  FlatBufferBuilder builder(kRoomForTables + m.request->body.size());
  const auto request = wire::to_wire(builder, *m.request);
  return seal(builder, Kind::RelayedRequest, wire::replica::CreateRelayedRequest(builder, m.from.value, request));
}

Bytes write(const pbft::BatchBody& m) {
  FlatBufferBuilder builder(kRoomForTables + m.batch->encoded.size());
  const auto batch = put_bytes(builder, m.batch->encoded);
  return seal(builder, Kind::BatchBody, wire::replica::CreateBatchBody(builder, m.from.value, batch));
}

Bytes write(const pbft::DecidedSlot& m) {
  const Bytes archived = pbft::encode_archived(m.commits, m.batch);
  FlatBufferBuilder builder(kRoomForTables + archived.size());
  const auto bytes = put_bytes(builder, archived);
  return seal(builder, Kind::DecidedSlot, wire::replica::CreateDecidedSlot(builder, m.from.value, bytes));
}

Bytes write(const pbft::Proof& m) {
  FlatBufferBuilder builder(kRoomForTables + m.body.size());
  const auto body = put_bytes(builder, m.body);
  const auto first = wire::to_wire(m.first);
  const auto second = wire::to_wire(m.second);
  return seal(builder, Kind::Proof, wire::replica::CreateProof(builder, m.from.value, &first, &second, body));
}

}  // namespace

Bytes encode_frame(const pbft::PbftMessage& message) {
  using pbft::MessageKind;
  switch (message.kind()) {
    case MessageKind::pre_prepare: return write(static_cast<const pbft::PrePrepare&>(message));
    case MessageKind::prepare: return write(static_cast<const pbft::Prepare&>(message));
    case MessageKind::commit: return write(static_cast<const pbft::Commit&>(message));
    case MessageKind::checkpoint: return write(static_cast<const pbft::Checkpoint&>(message));
    case MessageKind::view_change: return write(static_cast<const pbft::ViewChange&>(message));
    case MessageKind::new_view: return write(static_cast<const pbft::NewView&>(message));
    case MessageKind::status: return write(static_cast<const pbft::Status&>(message));
    case MessageKind::relayed_request: return write(static_cast<const pbft::RelayedRequest&>(message));
    case MessageKind::batch_body: return write(static_cast<const pbft::BatchBody&>(message));
    case MessageKind::decided_slot: return write(static_cast<const pbft::DecidedSlot&>(message));
    case MessageKind::proof: return write(static_cast<const pbft::Proof&>(message));
  }
  BW_ASSERT(false);
  return {};
}

}  // namespace breakwater

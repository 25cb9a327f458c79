// Frames between replicas: reading. The verifier has run before any of these looks at a field; each refuses sizes
// before it copies, and kinds before it decodes a body.
#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/replica_generated.h"
#include "pbft/limits.hpp"

namespace breakwater {

namespace {

using Decoded = std::expected<pbft::PbftMessagePtr, RejectReason>;

constexpr std::uint32_t kMaxTables = 8;  // envelope, message, request
constexpr std::uint8_t kKnownSlotBits = pbft::Status::kHasPrePrepare | pbft::Status::kPrepared | pbft::Status::kDecided;
// Certificate of kMaxSigners, batch and its length; the archive holds nothing larger.
constexpr std::size_t kMaxArchivedBytes =
    Statement::kBytes + 4 + kMaxSigners * (4 + 4 + Signature::kSize) + 4 + kMaxBatchBytes;

Decoded refused(RejectReason reason) { return std::unexpected(reason); }

// The statement of a message whose sender is its signer: a replica's, and of the kind that belongs to the message.
std::expected<SignedStatement, RejectReason> read_header(const wire::SignedStatement& in, StatementKind kind) {
  std::expected<SignedStatement, RejectReason> header = wire::from_wire(in);
  if (!header) return header;
  if (header->statement.kind != kind) return std::unexpected(RejectReason::wrong_kind);
  if (header->statement.signer.role != SignerRole::replica) return std::unexpected(RejectReason::sender_mismatch);
  return header;
}

std::expected<BatchPtr, RejectReason> read_batch(ByteView bytes) {
  if (bytes.size() > kMaxBatchBytes) return std::unexpected(RejectReason::oversized);
  BatchPtr batch = decode_batch(bytes);
  if (batch == nullptr) return std::unexpected(RejectReason::malformed);
  return batch;
}

Decoded read(const wire::replica::PrePrepare& in) {
  const auto header = read_header(*in.header(), StatementKind::pre_prepare);
  if (!header) return refused(header.error());
  if (in.batch() == nullptr) return std::make_shared<pbft::PrePrepare>(*header, nullptr);
  auto batch = read_batch(wire::view_of(in.batch()));
  if (!batch) return refused(batch.error());
  return std::make_shared<pbft::PrePrepare>(*header, std::move(*batch));
}

Decoded read(const wire::replica::Prepare& in) {
  const auto header = read_header(*in.header(), StatementKind::prepare);
  if (!header) return refused(header.error());
  const auto primary = wire::from_wire(*in.primary());
  if (!primary) return refused(primary.error());
  if (primary->role != SignerRole::replica) return refused(RejectReason::malformed);
  return std::make_shared<pbft::Prepare>(*header, *primary, wire::from_wire(*in.primary_signature()));
}

// A message that is its statement and nothing else.
template <class Vote>
Decoded read_vote(const wire::SignedStatement& in, StatementKind kind) {
  const auto header = read_header(in, kind);
  if (!header) return refused(header.error());
  return std::make_shared<Vote>(*header);
}

Decoded read(const wire::replica::ViewChange& in) {
  const auto header = read_header(*in.header(), StatementKind::view_change);
  if (!header) return refused(header.error());
  const ByteView bytes = wire::view_of(in.body());
  if (bytes.size() > pbft::kMaxViewChangeBodyBytes) return refused(RejectReason::oversized);
  auto body = pbft::decode_view_change_body(bytes);
  if (!body) return refused(RejectReason::malformed);
  return std::make_shared<pbft::ViewChange>(*header, std::move(*body), Bytes(bytes.begin(), bytes.end()));
}

Decoded read(const wire::replica::NewView& in) {
  const auto header = read_header(*in.header(), StatementKind::new_view);
  if (!header) return refused(header.error());
  const ByteView bytes = wire::view_of(in.body());
  auto body = pbft::decode_new_view_body(bytes);
  if (!body) return refused(RejectReason::malformed);
  return std::make_shared<pbft::NewView>(*header, std::move(*body), Bytes(bytes.begin(), bytes.end()));
}

Decoded read(const wire::replica::Status& in) {
  const std::size_t slots = wire::size_of(in.slots());
  const std::size_t view_changes = wire::size_of(in.view_changes());
  const std::size_t wanted = wire::size_of(in.wanted_batches());
  if (slots > pbft::kMaxSlotsInStatus || view_changes > kMaxSigners || wanted > pbft::kMaxWantedBatches) {
    return refused(RejectReason::oversized);
  }
  auto status = std::make_shared<pbft::Status>(ReplicaId(in.from()));
  status->view = ViewNumber(in.view());
  status->view_changing = in.view_changing();
  status->fetching = in.fetching();
  status->stable_checkpoint = SequenceNumber(in.stable_checkpoint());
  status->decided = SequenceNumber(in.decided());
  for (std::size_t i = 0; i < slots; ++i) {
    const auto slot = wire::element(*in.slots(), i);
    if ((slot.has() & ~kKnownSlotBits) != 0) return refused(RejectReason::malformed);
    status->slots.push_back({SequenceNumber(slot.sequence()), slot.has()});
  }
  for (std::size_t i = 0; i < view_changes; ++i) {
    status->view_changes.emplace_back(in.view_changes()->Get(static_cast<flatbuffers::uoffset_t>(i)));
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    status->wanted_batches.push_back(wire::from_wire(wire::element(*in.wanted_batches(), i)));
  }
  return status;
}

Decoded read(const wire::replica::RelayedRequest& in) {
  auto request = wire::from_wire(*in.request());
  if (!request) return refused(request.error());
  return std::make_shared<pbft::RelayedRequest>(ReplicaId(in.from()), std::move(*request));
}

Decoded read(const wire::replica::BatchBody& in) {
  auto batch = read_batch(wire::view_of(in.batch()));
  if (!batch) return refused(batch.error());
  return std::make_shared<pbft::BatchBody>(ReplicaId(in.from()), std::move(*batch));
}

Decoded read(const wire::replica::DecidedSlot& in) {
  const ByteView bytes = wire::view_of(in.archived());
  if (bytes.size() > kMaxArchivedBytes) return refused(RejectReason::oversized);
  auto slot = pbft::decode_archived(bytes);
  if (!slot) return refused(RejectReason::malformed);
  if (slot->commits.statement.kind != StatementKind::commit) return refused(RejectReason::wrong_kind);
  return std::make_shared<pbft::DecidedSlot>(ReplicaId(in.from()), std::move(slot->commits), std::move(slot->batch));
}

Decoded read(const wire::replica::Proof& in) {
  const auto first = wire::from_wire(*in.first());
  const auto second = wire::from_wire(*in.second());
  if (!first || !second) return refused(RejectReason::malformed);
  const ByteView body = wire::view_of(in.body());
  if (body.size() > pbft::kMaxProofBodyBytes) return refused(RejectReason::oversized);
  return std::make_shared<pbft::Proof>(ReplicaId(in.from()), *first, *second, Bytes(body.begin(), body.end()));
}

}  // namespace

Decoded decode_pbft_frame(ByteView frame) {
  if (frame.size() > wire::kMaxReplicaFrameBytes) return refused(RejectReason::oversized);
  const wire::AlignedFrame aligned(frame);
  const auto opened =
      wire::open_envelope<wire::replica::Envelope>(aligned, wire::replica::EnvelopeIdentifier(), kMaxTables);
  if (!opened) return refused(opened.error());
  const wire::replica::Envelope& in = **opened;
  using Kind = wire::replica::Message;
  switch (in.message_type()) {
    case Kind::PrePrepare: return read(*in.message_as_PrePrepare());
    case Kind::Prepare: return read(*in.message_as_Prepare());
    case Kind::Commit: return read_vote<pbft::Commit>(*in.message_as_Commit()->header(), StatementKind::commit);
    case Kind::Checkpoint:
      return read_vote<pbft::Checkpoint>(*in.message_as_Checkpoint()->header(), StatementKind::checkpoint);
    case Kind::ViewChange: return read(*in.message_as_ViewChange());
    case Kind::NewView: return read(*in.message_as_NewView());
    case Kind::Status: return read(*in.message_as_Status());
    case Kind::RelayedRequest: return read(*in.message_as_RelayedRequest());
    case Kind::BatchBody: return read(*in.message_as_BatchBody());
    case Kind::DecidedSlot: return read(*in.message_as_DecidedSlot());
    case Kind::Proof: return read(*in.message_as_Proof());
    case Kind::NONE: break;
  }
  return refused(RejectReason::unexpected_message);
}

}  // namespace breakwater

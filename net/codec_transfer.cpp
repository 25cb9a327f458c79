// Frames of state transfer. The verifier has run before any field is looked at; sizes are refused before anything is
// copied.
#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/transfer_generated.h"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

using Decoded = std::expected<std::shared_ptr<const TransferMessage>, RejectReason>;
using flatbuffers::FlatBufferBuilder;
using wire::put_bytes;
using Kind = wire::transfer::Message;

constexpr std::size_t kRoomForTables = 256;
constexpr std::size_t kRoomPerElement = 64;  // table, lengths and padding of a leaf
constexpr std::size_t kMaxLeavesPerAnswer = kMaxStatePlaces;
constexpr std::uint32_t kMaxTables = 8 + kMaxStateWants + kMaxLeavesPerAnswer;

Decoded refused(RejectReason reason) { return std::unexpected(reason); }

template <class T>
Bytes seal(FlatBufferBuilder& builder, Kind kind, flatbuffers::Offset<T> message) {
  const auto envelope = wire::transfer::CreateEnvelope(builder, wire::kProtocol, kind, message.Union());
  wire::transfer::FinishEnvelopeBuffer(builder, envelope);
  return wire::take_frame(builder);
}

Bytes write(const StateRequest& m) {
  FlatBufferBuilder builder(kRoomForTables + m.wants.size() * kRoomPerElement);
  std::vector<flatbuffers::Offset<wire::transfer::Want>> wants;
  for (const StateRequest::Want& want : m.wants) {
    const auto places = builder.CreateVector(want.places);
    wants.push_back(wire::transfer::CreateWant(builder, want.index, places));
  }
  const auto wants_at = builder.CreateVector(wants);
  return seal(builder, Kind::StateRequest,
              wire::transfer::CreateStateRequest(builder, m.sender().value, m.id, m.checkpoint.value,
                                                 static_cast<std::uint8_t>(m.part), wants_at));
}

flatbuffers::Offset<wire::transfer::Given> write(FlatBufferBuilder& builder, const StateAnswer::Given& given) {
  std::vector<wire::Digest32> digests;
  digests.reserve(given.digests.size());
  for (const Digest& digest : given.digests) digests.push_back(wire::to_wire(digest));
  std::vector<flatbuffers::Offset<wire::transfer::Leaf>> leaves;
  for (const StateAnswer::Leaf& leaf : given.leaves) {
    const auto key = put_bytes(builder, leaf.key);
    const auto value = put_bytes(builder, leaf.value);
    leaves.push_back(wire::transfer::CreateLeaf(builder, leaf.place, key, value));
  }
  const auto digests_at = builder.CreateVectorOfStructs(digests);
  const auto leaves_at = builder.CreateVector(leaves);
  return wire::transfer::CreateGiven(builder, given.index, digests_at, leaves_at);
}

Bytes write(const StateAnswer& m) {
  std::size_t size = kRoomForTables;
  for (const StateAnswer::Given& given : m.given) {
    size += kRoomPerElement + given.digests.size() * Digest::kSize;
    for (const StateAnswer::Leaf& leaf : given.leaves) size += kRoomPerElement + leaf.key.size() + leaf.value.size();
  }
  FlatBufferBuilder builder(size);
  std::vector<flatbuffers::Offset<wire::transfer::Given>> given;
  given.reserve(m.given.size());
  for (const StateAnswer::Given& g : m.given) given.push_back(write(builder, g));
  const auto given_at = builder.CreateVector(given);
  return seal(builder, Kind::StateAnswer,
              wire::transfer::CreateStateAnswer(builder, m.sender().value, m.id, m.checkpoint.value,
                                                static_cast<std::uint8_t>(m.part), m.held, given_at));
}

std::optional<StatePart> part_of(std::uint8_t part) {
  if (part < static_cast<std::uint8_t>(StatePart::nodes) || part > static_cast<std::uint8_t>(StatePart::leaves)) {
    return std::nullopt;
  }
  return static_cast<StatePart>(part);
}

// Offsets may share their target: what is copied is counted as often as it is named.
Decoded read(const wire::transfer::StateRequest& in) {
  const auto part = part_of(in.part());
  const std::size_t count = wire::size_of(in.wants());
  if (!part) return refused(RejectReason::malformed);
  if (count > kMaxStateWants) return refused(RejectReason::oversized);
  std::vector<StateRequest::Want> wants;
  std::size_t places = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* want = in.wants()->Get(static_cast<flatbuffers::uoffset_t>(i));
    places += wire::size_of(want->places());
    if (places > kMaxStatePlaces) return refused(RejectReason::oversized);
    wants.push_back({want->index(), {}});
    if (want->places() != nullptr) wants.back().places.assign(want->places()->begin(), want->places()->end());
  }
  return std::make_shared<StateRequest>(ReplicaId(in.from()), in.id(), SequenceNumber(in.checkpoint()), *part,
                                        std::move(wants));
}

Decoded read(const wire::transfer::StateAnswer& in, std::size_t frame_bytes) {
  const auto part = part_of(in.part());
  const std::size_t count = wire::size_of(in.given());
  if (!part) return refused(RejectReason::malformed);
  if (count > kMaxStateWants) return refused(RejectReason::oversized);
  auto answer =
      std::make_shared<StateAnswer>(ReplicaId(in.from()), in.id(), SequenceNumber(in.checkpoint()), *part, in.held());
  std::size_t bytes = 0, leaves = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* given = in.given()->Get(static_cast<flatbuffers::uoffset_t>(i));
    StateAnswer::Given& out = answer->given.emplace_back(StateAnswer::Given{given->index(), {}, {}});
    bytes += wire::size_of(given->digests()) * Digest::kSize;
    leaves += wire::size_of(given->leaves());
    if (bytes > frame_bytes || leaves > kMaxLeavesPerAnswer) return refused(RejectReason::oversized);
    for (std::size_t d = 0; d < wire::size_of(given->digests()); ++d) {
      out.digests.push_back(wire::from_wire(wire::element(*given->digests(), d)));
    }
    for (std::size_t l = 0; l < wire::size_of(given->leaves()); ++l) {
      const auto* leaf = given->leaves()->Get(static_cast<flatbuffers::uoffset_t>(l));
      const ByteView key = wire::view_of(leaf->key());
      const ByteView value = wire::view_of(leaf->value());
      bytes += key.size() + value.size();
      if (bytes > frame_bytes) return refused(RejectReason::malformed);  // one large leaf, named many times
      out.leaves.push_back({leaf->place(), Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end())});
    }
  }
  return answer;
}

}  // namespace

Bytes encode_frame(const TransferMessage& message) {
  if (const auto* request = dynamic_cast<const StateRequest*>(&message)) return write(*request);
  return write(dynamic_cast<const StateAnswer&>(message));
}

bool is_transfer_frame(ByteView frame) {
  constexpr std::size_t kLeast = sizeof(flatbuffers::uoffset_t) + flatbuffers::kFileIdentifierLength;
  return frame.size() >= kLeast && wire::transfer::EnvelopeBufferHasIdentifier(frame.data());
}

Decoded decode_transfer_frame(ByteView frame) {
  if (frame.size() > wire::kMaxReplicaFrameBytes) return refused(RejectReason::oversized);
  const wire::AlignedFrame aligned(frame);
  const auto opened =
      wire::open_envelope<wire::transfer::Envelope>(aligned, wire::transfer::EnvelopeIdentifier(), kMaxTables);
  if (!opened) return refused(opened.error());
  const wire::transfer::Envelope& in = **opened;
  switch (in.message_type()) {
    case Kind::StateRequest: return read(*in.message_as_StateRequest());
    case Kind::StateAnswer: return read(*in.message_as_StateAnswer(), frame.size());
    case Kind::NONE: break;
  }
  return refused(RejectReason::unexpected_message);
}

}  // namespace breakwater

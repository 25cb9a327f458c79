// What the wire schemas share: opening a hostile frame, closing one of our own, and the common types of
// net/schema/common.fbs. Internal to net/: the generated types are only declared here.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <expected>

#include "crypto/statement.hpp"
#include "replication/reject_reason.hpp"
#include "replication/request.hpp"

namespace breakwater::wire {

struct Digest32;
struct Signature64;
struct Signatory;
struct SignedStatement;
struct Request;

// Raised whenever a schema changes. A frame of another number is refused as `unexpected_message`.
inline constexpr std::uint16_t kProtocol = 6;

// Largest frames that a decoder looks at, whatever the transport lets through.
inline constexpr std::size_t kMaxReplicaFrameBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxClientFrameBytes = 512 * 1024;
inline constexpr std::size_t kMaxAnswerFrameBytes = 16 * 1024 * 1024;

// A frame at an address aligned for the widest number of the schemas. Generated accessors read in place; ZeroMQ hands
// over aligned bytes, so that the copy is made for other callers only. `frame` must outlive it.
class AlignedFrame {
 public:
  explicit AlignedFrame(ByteView frame);
  ByteView bytes() const { return bytes_; }

 private:
  std::vector<std::uint64_t> copy_;
  ByteView bytes_;
};

// The envelope of `frame`, verified as a whole before any of its fields is read. Valid as long as `frame`.
template <class Envelope>
std::expected<const Envelope*, RejectReason> open_envelope(const AlignedFrame& frame, const char* identifier,
                                                           std::uint32_t max_tables) {
  flatbuffers::Verifier::Options options;
  options.max_depth = 8;
  options.max_tables = max_tables;
  flatbuffers::Verifier verifier(frame.bytes().data(), frame.bytes().size(), options);
  if (!verifier.VerifyBuffer<Envelope>(identifier)) return std::unexpected(RejectReason::malformed);
  const auto* envelope = flatbuffers::GetRoot<Envelope>(frame.bytes().data());
  if (envelope->protocol() != kProtocol) return std::unexpected(RejectReason::unexpected_message);
  return envelope;
}

// The finished buffer of `builder`.
Bytes take_frame(const flatbuffers::FlatBufferBuilder& builder);

// A vector that may be absent, as a view into the frame; as a count.
ByteView view_of(const flatbuffers::Vector<std::uint8_t>* bytes);
template <class T>
std::size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}
flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_bytes(flatbuffers::FlatBufferBuilder& builder,
                                                                 ByteView bytes);

// Element `i` of a vector of structs, which the verifier checks for its bounds but not for its alignment.
template <class Struct>
Struct element(const flatbuffers::Vector<const Struct*>& vector, std::size_t i) {
  Struct out;
  std::memcpy(static_cast<void*>(&out), vector.Data() + i * sizeof(Struct), sizeof(Struct));
  return out;
}

Digest32 to_wire(const Digest& digest);
Signature64 to_wire(const Signature& signature);
Signatory to_wire(const breakwater::Signatory& signatory);
SignedStatement to_wire(const breakwater::SignedStatement& signed_statement);
flatbuffers::Offset<Request> to_wire(flatbuffers::FlatBufferBuilder& builder, const breakwater::Request& request);

Digest from_wire(const Digest32& digest);
Signature from_wire(const Signature64& signature);
// `malformed` for a role or a kind that does not exist.
std::expected<breakwater::Signatory, RejectReason> from_wire(const Signatory& signatory);
std::expected<breakwater::SignedStatement, RejectReason> from_wire(const SignedStatement& signed_statement);
// The digest is recomputed; a body that is no canonical list of commands is `malformed`.
std::expected<RequestPtr, RejectReason> from_wire(const Request& request);

}  // namespace breakwater::wire

#include "net/frame.hpp"

#include <bit>

#include "crypto/batch.hpp"
#include "net/schema/common_generated.h"

namespace breakwater::wire {

namespace {

bool is_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(StatementKind::request) &&
         kind <= static_cast<std::uint8_t>(StatementKind::reply);
}

bool is_role(std::uint8_t role) {
  return role == static_cast<std::uint8_t>(SignerRole::replica) ||
         role == static_cast<std::uint8_t>(SignerRole::client);
}

}  // namespace

AlignedFrame::AlignedFrame(ByteView frame) : bytes_(frame) {
  if (reinterpret_cast<std::uintptr_t>(frame.data()) % alignof(std::uint64_t) == 0) return;
  copy_.resize(frame.size() / sizeof(std::uint64_t) + 1);
  std::memcpy(copy_.data(), frame.data(), frame.size());
  bytes_ = {reinterpret_cast<const std::uint8_t*>(copy_.data()), frame.size()};
}

Bytes take_frame(const flatbuffers::FlatBufferBuilder& builder) {
  const std::uint8_t* begin = builder.GetBufferPointer();
  return Bytes(begin, begin + builder.GetSize());
}

ByteView view_of(const flatbuffers::Vector<std::uint8_t>* bytes) {
  return bytes == nullptr ? ByteView{} : ByteView(bytes->data(), bytes->size());
}

flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> put_bytes(flatbuffers::FlatBufferBuilder& builder,
                                                                 ByteView bytes) {
  return builder.CreateVector(bytes.data(), bytes.size());
}

Digest32 to_wire(const Digest& digest) { return std::bit_cast<Digest32>(digest.bytes); }

Signature64 to_wire(const Signature& signature) { return std::bit_cast<Signature64>(signature.bytes); }

Signatory to_wire(const breakwater::Signatory& signatory) {
  return {signatory.id, signatory.incarnation.value, static_cast<std::uint8_t>(signatory.role)};
}

SignedStatement to_wire(const breakwater::SignedStatement& signed_statement) {
  const breakwater::Statement& s = signed_statement.statement;
  const Statement statement(s.view.value, s.sequence.value, to_wire(s.signer), to_wire(s.cluster), to_wire(s.digest),
                            static_cast<std::uint8_t>(s.kind));
  return {statement, to_wire(signed_statement.signature)};
}

flatbuffers::Offset<Request> to_wire(flatbuffers::FlatBufferBuilder& builder, const breakwater::Request& request) {
  const auto body = put_bytes(builder, request.body);
  const Signature64 signature = to_wire(request.signature);
  return CreateRequest(builder, request.client.value, request.number.value, body, &signature);
}

Digest from_wire(const Digest32& digest) { return {std::bit_cast<decltype(Digest::bytes)>(digest)}; }

Signature from_wire(const Signature64& signature) { return {std::bit_cast<decltype(Signature::bytes)>(signature)}; }

std::expected<breakwater::Signatory, RejectReason> from_wire(const Signatory& signatory) {
  if (!is_role(signatory.role())) return std::unexpected(RejectReason::malformed);
  return breakwater::Signatory{static_cast<SignerRole>(signatory.role()), signatory.id(),
                               Incarnation(signatory.incarnation())};
}

std::expected<breakwater::SignedStatement, RejectReason> from_wire(const SignedStatement& signed_statement) {
  const Statement& in = signed_statement.statement();
  const auto signer = from_wire(in.signer());
  if (!signer || !is_kind(in.kind())) return std::unexpected(RejectReason::malformed);
  const breakwater::Statement statement{
      static_cast<StatementKind>(in.kind()), from_wire(in.cluster()), *signer, ViewNumber(in.view()),
      SequenceNumber(in.sequence()),         from_wire(in.digest())};
  return breakwater::SignedStatement{statement, from_wire(signed_statement.signature())};
}

std::expected<RequestPtr, RejectReason> from_wire(const Request& request) {
  const ByteView body = view_of(request.body());
  if (body.size() > kMaxRequestBodyBytes) return std::unexpected(RejectReason::oversized);
  if (!decode_commands(body)) return std::unexpected(RejectReason::malformed);
  return std::make_shared<breakwater::Request>(make_request(ClientId(request.client()), RequestNumber(request.number()),
                                                            Bytes(body.begin(), body.end()),
                                                            from_wire(*request.signature())));
}

}  // namespace breakwater::wire

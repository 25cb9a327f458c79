#include "crypto/statement.hpp"

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr std::string_view kTag = "breakwater/1";
static_assert(kTag.size() + 1 + Digest::kSize + 1 + 4 + 4 + 8 + 8 + Digest::kSize == Statement::kBytes);

bool is_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(StatementKind::request) &&
         kind <= static_cast<std::uint8_t>(StatementKind::reply);
}

bool is_role(std::uint8_t role) {
  return role == static_cast<std::uint8_t>(SignerRole::replica) ||
         role == static_cast<std::uint8_t>(SignerRole::client);
}

}  // namespace

std::string_view name_of(StatementKind kind) {
  switch (kind) {
    case StatementKind::request: return "request";
    case StatementKind::pre_prepare: return "pre-prepare";
    case StatementKind::prepare: return "prepare";
    case StatementKind::commit: return "commit";
    case StatementKind::checkpoint: return "checkpoint";
    case StatementKind::view_change: return "view-change";
    case StatementKind::new_view: return "new-view";
    case StatementKind::reply: return "reply";
  }
  return "unknown";
}

std::array<std::uint8_t, Statement::kBytes> Statement::encode() const {
  Writer out;
  out.reserve(kBytes);
  out.raw(as_bytes(kTag)).u8(static_cast<std::uint8_t>(kind)).fixed(cluster);
  out.u8(static_cast<std::uint8_t>(signer.role)).u32(signer.id).u32(signer.incarnation.value);
  out.u64(view.value).u64(sequence.value).fixed(digest);
  BW_ASSERT(out.size() == kBytes);
  std::array<std::uint8_t, kBytes> bytes;
  std::memcpy(bytes.data(), out.bytes().data(), kBytes);
  return bytes;
}

std::optional<Statement> Statement::decode(ByteView bytes) {
  Reader in(bytes);
  const bool tagged = as_text(in.raw(kTag.size())) == kTag;
  const std::uint8_t kind = in.u8();
  Statement statement{};
  statement.cluster = in.fixed<Digest>();
  const std::uint8_t role = in.u8();
  const std::uint32_t id = in.u32();
  const Incarnation incarnation(in.u32());
  statement.view = ViewNumber(in.u64());
  statement.sequence = SequenceNumber(in.u64());
  statement.digest = in.fixed<Digest>();
  if (!in.finished() || !tagged || !is_kind(kind) || !is_role(role)) return std::nullopt;
  statement.kind = static_cast<StatementKind>(kind);
  statement.signer = {static_cast<SignerRole>(role), id, incarnation};
  return statement;
}

void encode(Writer& out, const SignedStatement& signed_statement) {
  out.raw(signed_statement.statement.encode()).fixed(signed_statement.signature);
}

SignedStatement decode_signed_statement(Reader& in) {
  const std::optional<Statement> statement = Statement::decode(in.raw(Statement::kBytes));
  const Signature signature = in.fixed<Signature>();
  if (!statement) in.fail();
  if (in.failed()) return {};
  return {*statement, signature};
}

Statement request_statement(const Digest& cluster, const Request& request) {
  return {StatementKind::request,
          cluster,
          {SignerRole::client, request.client.value, Incarnation(0)},
          ViewNumber(0),
          SequenceNumber(request.number.value),
          request.digest};
}

}  // namespace breakwater

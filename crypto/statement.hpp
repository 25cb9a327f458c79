// The one canonical byte string that anyone ever signs.
#pragma once

#include <optional>
#include <string_view>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"
#include "replication/request.hpp"

namespace breakwater {

enum class StatementKind : std::uint8_t {
  request = 1,
  pre_prepare = 2,
  prepare = 3,
  commit = 4,
  checkpoint = 5,
  view_change = 6,
  new_view = 7,
  reply = 8,
};
std::string_view name_of(StatementKind kind);

enum class SignerRole : std::uint8_t { replica = 1, client = 2 };

// Who signs: replicas and clients are numbered apart.
struct Signatory {
  SignerRole role;
  std::uint32_t id;
  Incarnation incarnation;
  auto operator<=>(const Signatory&) const = default;
};

// Layout (little-endian, 102 bytes):
//   "breakwater/1" 12 | kind u8 | cluster id 32 | role u8 | signer u32 | incarnation u32 | view u64 |
//   sequence u64 | digest 32
// A field that a kind does not use is zero. What the digest covers, per kind:
//   request: the body, sequence = request number   pre_prepare, prepare, commit: the batch
//   checkpoint: the state root                     view_change, new_view: the canonical body
//   reply: the Merkle root of the slot's results
struct Statement {
  static constexpr std::size_t kBytes = 102;

  StatementKind kind;
  Digest cluster;
  Signatory signer;
  ViewNumber view;
  SequenceNumber sequence;
  Digest digest;

  auto operator<=>(const Statement&) const = default;
  std::array<std::uint8_t, kBytes> encode() const;
  // Refuses another length, tag, kind or role.
  static std::optional<Statement> decode(ByteView bytes);
};

struct SignedStatement {
  Statement statement;
  Signature signature;
  auto operator<=>(const SignedStatement&) const = default;
};
inline constexpr std::size_t kSignedStatementBytes = Statement::kBytes + Signature::kSize;

void encode(Writer& out, const SignedStatement& signed_statement);
// Latches the reader's failure when the bytes are no statement.
SignedStatement decode_signed_statement(Reader& in);

// What a client signs for `request`.
Statement request_statement(const Digest& cluster, const Request& request);

}  // namespace breakwater

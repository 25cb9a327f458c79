// Receipts: what became of one request, signed by f+1 replicas. They prove it offline, with public keys alone.
#pragma once

#include <expected>
#include <string>

#include "crypto/certificate.hpp"
#include "crypto/digest.hpp"
#include "crypto/merkle.hpp"
#include "crypto/roster.hpp"
#include "replication/request.hpp"

namespace breakwater {

// One leaf per request executed in a slot, in batch order.
inline Digest result_leaf(ClientId client, RequestNumber number, const Digest& request,
                          const std::vector<Bytes>& results) {
  Writer out;
  std::size_t bytes = 4 + 8 + Digest::kSize + 4;
  for (const Bytes& result : results) bytes += 4 + result.size();
  out.reserve(bytes);
  out.u32(client.value).u64(number.value).fixed(request).u32(static_cast<std::uint32_t>(results.size()));
  for (const Bytes& result : results) out.blob(result);
  return hash("result", out.bytes());
}

// What a replica signs once per slot: the Merkle root of its results.
inline Statement reply_statement(const Digest& cluster, const Signatory& signer, SequenceNumber slot,
                                 const Digest& root) {
  return {StatementKind::reply, cluster, signer, ViewNumber(0), slot, root};
}

struct Receipt {
  ClientId client;
  RequestNumber number;
  Bytes body;                  // the request's commands (replication/request.hpp)
  std::vector<Bytes> results;  // one per command
  MerklePath path;             // of this request's leaf, to the root that `replies` signs
  Certificate replies;         // the slot's reply statement; exactly f+1 distinct replicas

  SequenceNumber sequence() const { return replies.statement.sequence; }
};

// A longer file is no receipt. Results are bounded where they are made (replica/application.hpp).
inline constexpr std::size_t kMaxReceiptBytes = 8 * 1024 * 1024;

// Canonical layout: "breakwater-receipt/1\n" | client u32 | request number u64 | body blob | results u32, each a blob |
// path: index u32, leaves u32, siblings u32, each 32 | the certificate: reply statement 102, signers u32, each
// (id u32, incarnation u32, signature 64), ascending. One receipt, one spelling.
Bytes encode(const Receipt& receipt);
// Nothing for other bytes than those that encode() makes of some receipt, whether it proves anything or not.
std::optional<Receipt> decode_receipt(ByteView bytes);

// Nothing when it proves what it says: at least one correct replica of the roster's group signed it, while at most f
// lie. Else why it proves nothing, in a line. Any roster and any receipt.
std::expected<void, std::string> judge(const Receipt& receipt, const Roster& roster, const SignatureChecker& checker);

}  // namespace breakwater

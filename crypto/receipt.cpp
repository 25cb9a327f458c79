#include "crypto/receipt.hpp"

#include "crypto/batch.hpp"
#include "replication/quorum.hpp"

namespace breakwater {

namespace {

constexpr std::string_view kMagic = "breakwater-receipt/1\n";
constexpr std::size_t kMaxSiblings = 32;  // as many as 2^32 leaves have
constexpr std::uint32_t kFewestReplicas = 4;

Digest leaf_of(const Receipt& receipt) {
  return result_leaf(receipt.client, receipt.number, request_body_digest(receipt.body), receipt.results);
}

}  // namespace

Bytes encode(const Receipt& receipt) {
  Writer out;
  out.raw(as_bytes(kMagic)).u32(receipt.client.value).u64(receipt.number.value).blob(receipt.body);
  out.u32(static_cast<std::uint32_t>(receipt.results.size()));
  for (const Bytes& result : receipt.results) out.blob(result);
  out.u32(receipt.path.index).u32(receipt.path.leaves);
  out.u32(static_cast<std::uint32_t>(receipt.path.siblings.size()));
  for (const Digest& sibling : receipt.path.siblings) out.fixed(sibling);
  encode(out, receipt.replies);
  return out.take();
}

std::optional<Receipt> decode_receipt(ByteView bytes) {
  if (bytes.size() > kMaxReceiptBytes) return std::nullopt;
  Reader in(bytes);
  if (as_text(in.raw(kMagic.size())) != kMagic) return std::nullopt;
  Receipt receipt;
  receipt.client = ClientId(in.u32());
  receipt.number = RequestNumber(in.u64());
  const ByteView body = in.blob(kMaxRequestBodyBytes);
  receipt.body.assign(body.begin(), body.end());
  const std::uint32_t results = in.count(kMaxCommandsPerRequest, 4);
  for (std::uint32_t i = 0; i < results; ++i) {
    const ByteView result = in.blob(in.remaining());
    receipt.results.emplace_back(result.begin(), result.end());
  }
  receipt.path.index = in.u32();
  receipt.path.leaves = in.u32();
  const std::uint32_t siblings = in.count(kMaxSiblings, Digest::kSize);
  for (std::uint32_t i = 0; i < siblings; ++i) receipt.path.siblings.push_back(in.fixed<Digest>());
  receipt.replies = decode_certificate(in);
  if (!in.finished()) return std::nullopt;
  return receipt;
}

std::expected<void, std::string> judge(const Receipt& receipt, const Roster& roster, const SignatureChecker& checker) {
  if (roster.replicas() < kFewestReplicas) return std::unexpected("the roster's group is too small to bear a liar");
  const Quorums quorums = Quorums::byzantine(roster.replicas());
  const Statement& statement = receipt.replies.statement;
  if (statement.cluster != roster.cluster()) return std::unexpected("it is about another cluster");
  if (statement != without_signer(reply_statement(roster.cluster(), {}, receipt.sequence(), statement.digest)) ||
      receipt.sequence().value == 0) {
    return std::unexpected("what was signed is no reply to a request");
  }
  const auto commands = decode_commands(receipt.body);
  if (!commands) return std::unexpected("its request is no list of commands");
  if (commands->size() != receipt.results.size()) return std::unexpected("it has not one result per command");
  if (!merkle_path_leads_to(leaf_of(receipt), receipt.path, statement.digest)) {
    return std::unexpected("its path does not lead from this request and outcome to what was signed");
  }
  // Exactly f+1, so that one fact has one form: more would prove nothing more.
  if (receipt.replies.entries.size() != quorums.weak ||
      !receipt.replies.has_distinct_signers(quorums.weak, quorums.n)) {
    return std::unexpected("it is not signed by exactly " + std::to_string(quorums.weak) +
                           " distinct replicas of this roster, in order");
  }
  for (const Certificate::Entry& entry : receipt.replies.entries) {
    if (!checker.holds(receipt.replies.signed_by(entry))) {
      return std::unexpected("the signature of replica " + std::to_string(entry.signer.value) +
                             " does not hold under this roster");
    }
  }
  return {};
}

}  // namespace breakwater

// The canonical layouts that digests and signatures cover: whatever decodes is written back to the very same bytes, or
// two bodies would have one meaning.
#include <algorithm>

#include "crypto/batch.hpp"
#include "crypto/receipt.hpp"
#include "pbft/evidence.hpp"
#include "pbft/rules.hpp"
#include "raft/entry.hpp"
#include "replication/assert.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace breakwater::fuzz {

using namespace pbft;

namespace {

bool same(const Bytes& written, ByteView bytes) { return std::ranges::equal(written, bytes); }

// Judges that everything is signed well: a body's rules must bear any content.
const Config& group() {
  static const Config kGroup = [] {
    Config config;
    config.incarnations = Incarnations::of(4, Incarnation(1));
    config.cluster.bytes.fill(0xc1);
    return config;
  }();
  return kGroup;
}

class Credulous final : public SignatureChecker {
 public:
  bool holds(const SignedStatement&) const override { return true; }
};

SignedStatement header_of(StatementKind kind, const Digest& digest) {
  const Signatory signer{SignerRole::replica, 1, Incarnation(1)};
  return {{kind, group().cluster, signer, ViewNumber(5), SequenceNumber(128), digest}, {}};
}

}  // namespace

void batch(ByteView bytes) {
  const BatchPtr batch = decode_batch(bytes);
  if (batch == nullptr) return;
  BW_ASSERT(same(batch->encoded, bytes));
  const BatchPtr again = make_batch(batch->time, batch->requests);
  BW_ASSERT(same(again->encoded, bytes) && again->digest == batch->digest);
}

void view_change_body(ByteView bytes) {
  auto body = decode_view_change_body(bytes);
  if (!body) return;
  BW_ASSERT(same(encode_body(*body), bytes));
  const SignedStatement header = header_of(StatementKind::view_change, view_change_body_digest(bytes));
  const ViewChange message(header, std::move(*body), Bytes(bytes.begin(), bytes.end()));
  BW_ASSERT(message.digests_match());
  static_cast<void>(is_valid(message, group()));
}

void new_view_body(ByteView bytes) {
  auto body = decode_new_view_body(bytes);
  if (!body) return;
  BW_ASSERT(same(encode_body(*body), bytes));
  const SignedStatement header = header_of(StatementKind::new_view, new_view_body_digest(bytes));
  const NewView message(header, std::move(*body), Bytes(bytes.begin(), bytes.end()));
  BW_ASSERT(message.digests_match());
  static_cast<void>(is_valid(message, group()));
}

void certificate(ByteView bytes) {
  Reader in(bytes);
  const Certificate certificate = decode_certificate(in);
  if (!in.finished()) return;
  Writer out;
  encode(out, certificate);
  BW_ASSERT(same(out.bytes(), bytes));
  static_cast<void>(is_commit_certificate(certificate, group()));
  static_cast<void>(is_stable_certificate(certificate, group()));
}

void archived_slot(ByteView bytes) {
  const auto slot = decode_archived(bytes);
  if (!slot) return;
  BW_ASSERT(same(encode_archived(slot->commits, slot->batch), bytes));
}

// The journal's and the archive's.
void raft_entry(ByteView bytes) {
  if (const auto entry = raft::decode_entry(bytes)) BW_ASSERT(same(raft::encode_entry(*entry), bytes));
  if (const auto slot = raft::decode_archived(bytes)) BW_ASSERT(same(raft::encode_archived(*slot), bytes));
}

void evidence(ByteView bytes) {
  const auto evidence = decode_evidence(bytes);
  if (!evidence) return;
  BW_ASSERT(same(encode(*evidence), bytes));
  static_cast<void>(evidence_key(*evidence));
  static_cast<void>(judge(*evidence, Credulous(), group()));
}

void receipt(ByteView bytes) {
  const auto receipt = decode_receipt(bytes);
  if (!receipt) return;
  BW_ASSERT(same(encode(*receipt), bytes));
  Roster roster(receipt->replies.statement.cluster);
  for (std::uint32_t id = 0; id < 4; ++id) roster.add_replica(ReplicaId(id), Incarnation(1), {});
  static_cast<void>(breakwater::judge(*receipt, roster, Credulous()));
}

void statement(ByteView bytes) {
  if (const auto statement = Statement::decode(bytes)) {
    const auto written = statement->encode();
    BW_ASSERT(std::ranges::equal(written, bytes));
  }
  Reader in(bytes);
  const SignedStatement signed_statement = decode_signed_statement(in);
  if (!in.finished()) return;
  Writer out;
  encode(out, signed_statement);
  BW_ASSERT(same(out.bytes(), bytes));
}

}  // namespace breakwater::fuzz

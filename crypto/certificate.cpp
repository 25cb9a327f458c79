#include "crypto/certificate.hpp"

namespace breakwater {

namespace {
constexpr std::size_t kEntryBytes = 4 + 4 + Signature::kSize;
constexpr Signatory kNobody{SignerRole::replica, 0, Incarnation(0)};
}  // namespace

SignedStatement Certificate::signed_by(const Entry& entry) const {
  SignedStatement out{statement, entry.signature};
  out.statement.signer = {SignerRole::replica, entry.signer.value, entry.incarnation};
  return out;
}

bool Certificate::has_distinct_signers(std::size_t at_least, std::uint32_t replicas) const {
  if (entries.size() < at_least) return false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].signer.value >= replicas) return false;
    // Ascending strictly, so that one signer never counts twice, under two incarnations or two signatures.
    if (i > 0 && entries[i].signer <= entries[i - 1].signer) return false;
  }
  return true;
}

Statement without_signer(Statement statement) {
  statement.signer = kNobody;
  return statement;
}

void encode(Writer& out, const Certificate& certificate) {
  out.raw(without_signer(certificate.statement).encode()).u32(static_cast<std::uint32_t>(certificate.entries.size()));
  for (const Certificate::Entry& entry : certificate.entries) {
    out.u32(entry.signer.value).u32(entry.incarnation.value).fixed(entry.signature);
  }
}

Certificate decode_certificate(Reader& in) {
  const std::optional<Statement> statement = Statement::decode(in.raw(Statement::kBytes));
  // One spelling only: a signer that means nothing must not be room for other bytes.
  if (!statement || statement->signer != kNobody) in.fail();
  const std::uint32_t count = in.count(kMaxSigners, kEntryBytes);
  if (in.failed()) return {};
  Certificate certificate{*statement, {}};
  certificate.entries.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ReplicaId signer(in.u32());
    const Incarnation incarnation(in.u32());
    certificate.entries.push_back({signer, incarnation, in.fixed<Signature>()});
  }
  return certificate;
}

void list_carried(std::vector<Carried>& out, const Certificate& certificate, Carriage carriage) {
  for (const Certificate::Entry& entry : certificate.entries) out.push_back({carriage, certificate.signed_by(entry)});
}

}  // namespace breakwater

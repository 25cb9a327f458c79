// Certificates: distinct signers on one statement, one spelling, bounded.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "crypto/certificate.hpp"
#include "crypto/keys.hpp"

namespace breakwater {
namespace {

const Digest kCluster{{7}};

Statement commit() {
  return without_signer({StatementKind::commit,
                         kCluster,
                         {SignerRole::replica, 3, Incarnation(2)},
                         ViewNumber(1),
                         SequenceNumber(2),
                         Digest{{3}}});
}

Certificate certificate_of(const std::vector<std::uint32_t>& signers) {
  Certificate certificate{commit(), {}};
  for (const std::uint32_t id : signers) {
    Signature signature;
    signature.bytes.fill(static_cast<std::uint8_t>(id));
    certificate.entries.push_back({ReplicaId(id), Incarnation(1), signature});
  }
  return certificate;
}

Bytes encoded(const Certificate& certificate) {
  Writer out;
  encode(out, certificate);
  return out.take();
}

std::optional<Certificate> decoded(ByteView bytes) {
  Reader in(bytes);
  Certificate certificate = decode_certificate(in);
  if (!in.finished()) return std::nullopt;
  return certificate;
}

struct Case {
  std::vector<std::uint32_t> signers;
  bool holds;  // as three distinct signers of four
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  for (const std::uint32_t id : c.signers) out << id << ' ';
  return out;
}

const Case kCases[] = {
    {{0, 1, 2}, true},  {{1, 2, 3}, true},  {{0, 1, 2, 3}, true}, {{0, 1}, false},    {{}, false},
    {{0, 1, 1}, false}, {{2, 2, 2}, false}, {{0, 2, 1}, false},   {{0, 1, 4}, false}, {{0, 1, 2, 0xffffffff}, false},
};

BOOST_AUTO_TEST_SUITE(crypto_certificate)

BOOST_DATA_TEST_CASE(signers_are_distinct_ascending_and_known, kCases, c) {
  BOOST_TEST(certificate_of(c.signers).has_distinct_signers(3, 4) == c.holds);
}

BOOST_AUTO_TEST_CASE(two_incarnations_of_one_replica_count_once) {
  Certificate certificate = certificate_of({0, 1, 1});
  certificate.entries[2].incarnation = Incarnation(2);
  BOOST_TEST(!certificate.has_distinct_signers(3, 4));
}

BOOST_AUTO_TEST_CASE(layout_is_statement_count_entries) {
  Writer expected;
  expected.raw(commit().encode()).u32(2);
  expected.u32(1).u32(1).raw(Bytes(64, 1));
  expected.u32(3).u32(1).raw(Bytes(64, 3));
  BOOST_TEST(to_hex(encoded(certificate_of({1, 3}))) == to_hex(expected.bytes()));
}

BOOST_AUTO_TEST_CASE(encoding_zeroes_the_signer) {
  Certificate certificate = certificate_of({0, 1, 2});
  const Bytes bytes = encoded(certificate);
  certificate.statement.signer = {SignerRole::client, 9, Incarnation(9)};
  BOOST_TEST((encoded(certificate) == bytes));
}

BOOST_AUTO_TEST_CASE(decoding_gives_back_the_certificate) {
  for (const Case& c : kCases) {
    const Certificate certificate = certificate_of(c.signers);
    BOOST_TEST((decoded(encoded(certificate)) == certificate));
  }
}

BOOST_AUTO_TEST_CASE(a_signer_in_the_statement_is_refused) {
  Bytes bytes = encoded(certificate_of({0, 1, 2}));
  for (const std::size_t offset : {45u, 46u, 50u}) {  // role, signer, incarnation
    Bytes other = bytes;
    other[offset] = 2;
    BOOST_TEST(!decoded(other).has_value());
  }
}

BOOST_AUTO_TEST_CASE(truncations_and_excess_are_refused) {
  const Bytes bytes = encoded(certificate_of({0, 1, 2}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST(!decoded(ByteView(bytes).first(size)).has_value());
  }
  std::vector<std::uint32_t> many(kMaxSigners);
  BOOST_TEST(decoded(encoded(certificate_of(many))).has_value());
  many.push_back(0);
  BOOST_TEST(!decoded(encoded(certificate_of(many))).has_value());
}

BOOST_AUTO_TEST_CASE(each_entry_is_the_statement_with_its_signer_put_in) {
  Roster roster(kCluster);
  Certificate certificate{commit(), {}};
  for (std::uint32_t id = 0; id < 3; ++id) {
    Seed seed;
    seed.bytes.fill(static_cast<std::uint8_t>(id + 1));
    const Signatory signer{SignerRole::replica, id, Incarnation(1)};
    Statement vote = commit();
    vote.signer = signer;
    Ed25519Signer key(SigningKey::from_seed(seed), signer);
    certificate.entries.push_back({ReplicaId(id), Incarnation(1), key.sign(vote)});
    roster.add_replica(ReplicaId(id), Incarnation(1), SigningKey::from_seed(seed).public_key());
  }
  const Ed25519Checker checker(roster);
  std::vector<Carried> carried;
  list_carried(carried, certificate, Carriage::covered);
  BOOST_REQUIRE(carried.size() == 3u);
  for (const Carried& item : carried) {
    BOOST_TEST((item.carriage == Carriage::covered));
    BOOST_TEST(checker.holds(item.signed_statement));
  }
  certificate.statement.kind = StatementKind::prepare;  // votes of one kind do not serve as another's
  for (const Certificate::Entry& entry : certificate.entries) BOOST_TEST(!checker.holds(certificate.signed_by(entry)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

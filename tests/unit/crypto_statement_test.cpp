// The layout of the one signed byte string, and what its decoder refuses.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <set>

#include "crypto/batch.hpp"
#include "crypto/statement.hpp"

namespace breakwater {
namespace {

Digest counting_from(std::uint8_t first) {
  Digest digest;
  std::iota(digest.bytes.begin(), digest.bytes.end(), first);
  return digest;
}

Statement sample() {
  return {StatementKind::commit,
          counting_from(0x20),
          {SignerRole::client, 0x04030201, Incarnation(0x08070605)},
          ViewNumber(0x1817161514131211),
          SequenceNumber(0x2827262524232221),
          counting_from(0x80)};
}

Bytes encoded(const Statement& statement) {
  const auto bytes = statement.encode();
  return {bytes.begin(), bytes.end()};
}

BOOST_AUTO_TEST_SUITE(crypto_statement)

BOOST_AUTO_TEST_CASE(golden_bytes) {
  BOOST_TEST(to_hex(encoded(sample())) ==
             "627265616b77617465722f31"                                            // 0: "breakwater/1"
             "04"                                                                  // 12: kind
             "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"    // 13: cluster
             "02"                                                                  // 45: role
             "01020304"                                                            // 46: signer
             "05060708"                                                            // 50: incarnation
             "1112131415161718"                                                    // 54: view
             "2122232425262728"                                                    // 62: sequence
             "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");  // 70: digest
  BOOST_TEST(encoded(sample()).size() == 102u);
}

BOOST_AUTO_TEST_CASE(decoding_gives_back_each_kind_and_role) {
  std::set<std::string_view> names;
  for (std::uint8_t kind = 1; kind <= 8; ++kind) {
    for (const SignerRole role : {SignerRole::replica, SignerRole::client}) {
      Statement statement = sample();
      statement.kind = static_cast<StatementKind>(kind);
      statement.signer.role = role;
      BOOST_TEST((Statement::decode(encoded(statement)) == statement));
      names.insert(name_of(statement.kind));
    }
  }
  BOOST_TEST(names.size() == 8u);
}

BOOST_AUTO_TEST_CASE(the_zeroed_signer_of_certificates_decodes) {
  Statement statement = sample();
  statement.signer = {SignerRole::replica, 0, Incarnation(0)};
  BOOST_TEST((Statement::decode(encoded(statement)) == statement));
}

struct Damage {
  const char* what;
  std::size_t offset;
  std::uint8_t value;
};
std::ostream& operator<<(std::ostream& out, const Damage& damage) { return out << damage.what; }

const Damage kDamages[] = {
    {"first byte of the tag", 0, 'B'},
    {"version in the tag", 11, '2'},
    {"kind zero", 12, 0},
    {"kind nine", 12, 9},
    {"kind 255", 12, 255},
    {"role zero", 45, 0},
    {"role three", 45, 3},
};

BOOST_DATA_TEST_CASE(a_damaged_field_is_refused, kDamages, damage) {
  Bytes bytes = encoded(sample());
  bytes[damage.offset] = damage.value;
  BOOST_TEST(!Statement::decode(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(another_length_is_refused) {
  Bytes bytes = encoded(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST(!Statement::decode(ByteView(bytes).first(size)).has_value());
  }
  bytes.push_back(0);
  BOOST_TEST(!Statement::decode(bytes).has_value());
}

// Whatever distinguishes two statements is in the bytes that are signed.
BOOST_AUTO_TEST_CASE(every_field_changes_the_bytes) {
  std::set<Bytes> distinct = {encoded(sample())};
  const auto with = [&](auto change) {
    Statement statement = sample();
    change(statement);
    distinct.insert(encoded(statement));
  };
  with([](Statement& s) { s.kind = StatementKind::prepare; });
  with([](Statement& s) { s.cluster.bytes[31] ^= 1; });
  with([](Statement& s) { s.signer.role = SignerRole::replica; });
  with([](Statement& s) { s.signer.id ^= 1; });
  with([](Statement& s) { s.signer.incarnation = s.signer.incarnation.next(); });
  with([](Statement& s) { s.view = s.view.next(); });
  with([](Statement& s) { s.sequence = s.sequence.next(); });
  with([](Statement& s) { s.digest.bytes[31] ^= 1; });
  BOOST_TEST(distinct.size() == 9u);
}

BOOST_AUTO_TEST_CASE(signed_statements_survive_and_latch_failure) {
  SignedStatement original{sample(), {}};
  original.signature.bytes[63] = 7;
  Writer out;
  encode(out, original);
  BOOST_TEST(out.size() == kSignedStatementBytes);

  Reader in(out.bytes());
  BOOST_TEST((decode_signed_statement(in) == original));
  BOOST_TEST(in.finished());

  Reader truncated(ByteView(out.bytes()).first(out.size() - 1));
  decode_signed_statement(truncated);
  BOOST_TEST(truncated.failed());

  Bytes damaged = out.bytes();
  damaged[12] = 0;
  Reader wrong_kind(damaged);
  decode_signed_statement(wrong_kind);
  BOOST_TEST(wrong_kind.failed());
}

BOOST_AUTO_TEST_CASE(a_client_signs_number_and_body_of_its_request) {
  const Request request = make_request(ClientId(7), RequestNumber(9), encode_commands({to_bytes("hi")}), {});
  const Statement statement = request_statement(counting_from(1), request);
  const Statement expected{StatementKind::request, counting_from(1),  {SignerRole::client, 7, Incarnation(0)},
                           ViewNumber(0),          SequenceNumber(9), request_body_digest(request.body)};
  BOOST_TEST((statement == expected));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// Signatures left out for measurement: what is waived passes, the rest is checked as ever, and nothing of it holds
// where signatures count.
#include "crypto/unsigned.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "crypto/authenticator.hpp"
#include "crypto/batch.hpp"
#include "crypto/keys.hpp"

namespace breakwater {

static std::ostream& operator<<(std::ostream& out, StatementKind kind) { return out << name_of(kind); }

namespace {

const Digest kCluster{{42}};
const Signatory kReplica{SignerRole::replica, 1, Incarnation(0)};

const StatementKind kKinds[] = {StatementKind::request,  StatementKind::pre_prepare, StatementKind::prepare,
                                StatementKind::commit,   StatementKind::checkpoint,  StatementKind::view_change,
                                StatementKind::new_view, StatementKind::reply};

// Knows everybody's name and nobody's signature.
struct Refusing final : SignatureChecker {
  bool holds(const SignedStatement&) const override { return false; }
  bool knows(const Signatory& signer) const override { return signer.id < 4; }
};

SignedStatement of(StatementKind kind) {
  return {{kind, kCluster, kReplica, ViewNumber(0), SequenceNumber(1), Digest{{1}}}, {}};
}

BOOST_AUTO_TEST_SUITE(crypto_unsigned)

BOOST_DATA_TEST_CASE(what_is_waived_passes_and_nothing_else, boost::unit_test::data::make(kKinds), kind) {
  const Refusing checker;
  const bool is_request = kind == StatementKind::request;
  BOOST_TEST(!WaivingChecker(checker, {}).holds(of(kind)));
  BOOST_TEST(WaivingChecker(checker, {true, true}).holds(of(kind)));
  BOOST_TEST(WaivingChecker(checker, {true, false}).holds(of(kind)) == !is_request);
  BOOST_TEST(WaivingChecker(checker, {false, true}).holds(of(kind)) == is_request);
}

BOOST_AUTO_TEST_CASE(strangers_stay_strangers) {
  const Refusing checker;
  const WaivingChecker waiving(checker, {true, true});
  BOOST_TEST(waiving.knows(kReplica));
  BOOST_TEST(!waiving.knows({SignerRole::client, 9, Incarnation(0)}));
}

// Not zero, which an engine takes for a vote that is still to be signed; and good for nothing where keys are looked at.
BOOST_DATA_TEST_CASE(a_placeholder_proves_nothing, boost::unit_test::data::make(kKinds), kind) {
  PlaceholderSigner signer(kReplica);
  SignedStatement statement = of(kind);
  statement.signature = signer.sign(statement.statement);
  BOOST_TEST(!statement.signature.is_zero());
  BOOST_TEST((signer.identity() == kReplica));
  const PublicKey key = SigningKey::from_seed(Seed{{3}}).public_key();
  BOOST_TEST(!ed25519_holds(key, statement.statement.encode(), statement.signature));
}

// Raft with signed requests: members by their channel, clients by their signature.
BOOST_AUTO_TEST_CASE(requests_alone_may_be_checked) {
  Roster roster(kCluster);
  const SigningKey key = SigningKey::from_seed(Seed{{5}});
  roster.add_client(ClientId(7), {key.public_key(), ClientRole::desk});
  const Ed25519Checker checker(roster);
  const SignedRequestAuthenticator authenticator(checker, kCluster);
  Request request = make_request(ClientId(7), RequestNumber(1), encode_commands({to_bytes("command")}), {});
  const auto unsigned_one = authenticator.authenticate(std::make_shared<const Request>(request));
  BOOST_TEST((unsigned_one.error() == RejectReason::bad_signature));
  request.signature = key.sign(request_statement(kCluster, request).encode());
  BOOST_TEST(authenticator.authenticate(std::make_shared<const Request>(request)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

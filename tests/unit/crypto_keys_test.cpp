// Keys, the roster, and the checker with its memo.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "crypto/keys.hpp"
#include "crypto/memo.hpp"

namespace breakwater {
namespace {

Seed seed_of(std::uint8_t number) {
  Seed seed;
  seed.bytes.fill(number);
  return seed;
}

constexpr Signatory kReplicaTwo{SignerRole::replica, 2, Incarnation(1)};
constexpr Signatory kClientTwo{SignerRole::client, 2, Incarnation(0)};

struct Cluster {
  Digest id = Digest{{1, 2, 3}};
  Roster roster{id};
  Ed25519Signer replica{SigningKey::from_seed(seed_of(1)), kReplicaTwo};
  Ed25519Signer client{SigningKey::from_seed(seed_of(2)), kClientTwo};

  Cluster() {
    roster.add_replica(ReplicaId(2), Incarnation(1), SigningKey::from_seed(seed_of(1)).public_key());
    roster.add_client(ClientId(2), {SigningKey::from_seed(seed_of(2)).public_key(), ClientRole::desk});
  }
  Statement statement(const Signatory& signer) const {
    return {StatementKind::prepare, id, signer, ViewNumber(3), SequenceNumber(4), Digest{{5}}};
  }
  SignedStatement signed_by_replica() {
    const Statement s = statement(kReplicaTwo);
    return {s, replica.sign(s)};
  }
};

BOOST_AUTO_TEST_SUITE(crypto_keys)

BOOST_AUTO_TEST_CASE(the_known_answer_tests_pass_here) {
  const std::optional<std::string> failure = crypto_start();
  BOOST_TEST(!failure.has_value(), failure.value_or(""));
}

BOOST_AUTO_TEST_CASE(signatures_are_deterministic_and_survive_a_move) {
  SigningKey key = SigningKey::from_seed(seed_of(9));
  const PublicKey public_key = key.public_key();
  const Signature signature = key.sign(as_bytes("message"));
  SigningKey moved = std::move(key);
  BOOST_TEST((moved.sign(as_bytes("message")) == signature));
  BOOST_TEST((moved.public_key() == public_key));
  SigningKey assigned = SigningKey::from_seed(seed_of(8));
  assigned = std::move(moved);
  BOOST_TEST((assigned.public_key() == public_key));
  BOOST_TEST(ed25519_holds(public_key, as_bytes("message"), signature));
  BOOST_TEST(!ed25519_holds(public_key, as_bytes("massage"), signature));
}

BOOST_AUTO_TEST_CASE(random_seeds_differ) {
  BOOST_REQUIRE(!crypto_start().has_value());
  BOOST_TEST((SigningKey::random_seed() != SigningKey::random_seed()));
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_of_a_signature_is_refused) {
  Cluster cluster;
  const Ed25519Checker checker(cluster.roster);
  const SignedStatement good = cluster.signed_by_replica();
  for (std::size_t bit = 0; bit < 512; ++bit) {
    SignedStatement bad = good;
    bad.signature.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    BOOST_TEST(!checker.holds(bad));
  }
  BOOST_TEST(checker.holds(good));
}

BOOST_AUTO_TEST_CASE(a_signature_holds_for_one_statement_only) {
  Cluster cluster;
  const Ed25519Checker checker(cluster.roster);
  const SignedStatement good = cluster.signed_by_replica();
  BOOST_TEST(checker.holds(good));
  const auto refused_with = [&](auto change) {
    SignedStatement other = good;
    change(other.statement);
    return !checker.holds(other);
  };
  BOOST_TEST(refused_with([](Statement& s) { s.kind = StatementKind::commit; }));
  BOOST_TEST(refused_with([](Statement& s) { s.cluster.bytes[0] ^= 1; }));
  BOOST_TEST(refused_with([](Statement& s) { s.signer.id = 3; }));
  BOOST_TEST(refused_with([](Statement& s) { s.signer.incarnation = Incarnation(2); }));
  BOOST_TEST(refused_with([](Statement& s) { s.signer.role = SignerRole::client; }));
  BOOST_TEST(refused_with([](Statement& s) { s.view = s.view.next(); }));
  BOOST_TEST(refused_with([](Statement& s) { s.sequence = s.sequence.next(); }));
  BOOST_TEST(refused_with([](Statement& s) { s.digest.bytes[0] ^= 1; }));
}

// The signature itself is good: it is the roster that must say no, before any verification is paid for.
BOOST_AUTO_TEST_CASE(another_cluster_and_unknown_signers_cost_no_verification) {
  Cluster cluster;
  const Ed25519Checker checker(cluster.roster);
  const SigningKey key = SigningKey::from_seed(seed_of(1));
  const auto refused = [&](Statement statement) { return !checker.holds({statement, key.sign(statement.encode())}); };

  Statement elsewhere = cluster.statement(kReplicaTwo);
  elsewhere.cluster.bytes[0] ^= 1;
  BOOST_TEST(refused(elsewhere));
  BOOST_TEST(refused(cluster.statement({SignerRole::replica, 2, Incarnation(0)})));
  BOOST_TEST(refused(cluster.statement({SignerRole::replica, 2, Incarnation(2)})));
  BOOST_TEST(refused(cluster.statement({SignerRole::replica, 3, Incarnation(1)})));
  BOOST_TEST(refused(cluster.statement({SignerRole::client, 3, Incarnation(0)})));
  BOOST_TEST(refused(cluster.statement({SignerRole::client, 2, Incarnation(1)})));
  BOOST_TEST(checker.verifications() == 0u);
  BOOST_TEST(checker.knows(kReplicaTwo));
  BOOST_TEST(!checker.knows({SignerRole::client, 3, Incarnation(0)}));
}

// Its own pre-prepare comes back to a primary inside every prepare.
BOOST_AUTO_TEST_CASE(what_was_signed_here_is_not_verified) {
  Cluster cluster;
  Ed25519Checker checker(cluster.roster);
  RememberingSigner signer(cluster.client, checker);
  const Statement own = cluster.statement(kClientTwo);
  const SignedStatement good{own, signer.sign(own)};
  BOOST_TEST(checker.holds(good));
  BOOST_TEST(checker.verifications() == 0u);
  BOOST_TEST((signer.sign(own) == cluster.client.sign(own)));
  BOOST_TEST((signer.identity() == cluster.client.identity()));

  SignedStatement bad = good;
  bad.signature.bytes[0] ^= 1;
  BOOST_TEST(!checker.holds(bad));
  bad = good;
  bad.statement.sequence = bad.statement.sequence.next();
  BOOST_TEST(!checker.holds(bad));
  BOOST_TEST(checker.verifications() == 2u);
}

BOOST_AUTO_TEST_CASE(identical_bytes_are_verified_once_and_failures_each_time) {
  Cluster cluster;
  const Ed25519Checker checker(cluster.roster);
  const SignedStatement good = cluster.signed_by_replica();
  for (int i = 0; i < 3; ++i) BOOST_TEST(checker.holds(good));
  BOOST_TEST(checker.verifications() == 1u);

  SignedStatement bad = good;
  bad.signature.bytes[0] ^= 1;
  BOOST_TEST(!checker.holds(bad));
  BOOST_TEST(!checker.holds(bad));
  BOOST_TEST(checker.verifications() == 3u);

  const Statement clients = cluster.statement(kClientTwo);
  BOOST_TEST(checker.holds({clients, cluster.client.sign(clients)}));
  BOOST_TEST(checker.verifications() == 4u);
  BOOST_TEST(cluster.client.signatures() == 1u);
}

BOOST_AUTO_TEST_CASE(many_threads_may_check) {
  Cluster cluster;
  const Ed25519Checker checker(cluster.roster);
  std::vector<SignedStatement> statements;
  for (std::uint64_t i = 0; i < 20; ++i) {
    Statement statement = cluster.statement(kReplicaTwo);
    statement.sequence = SequenceNumber(i);
    statements.push_back({statement, cluster.replica.sign(statement)});
  }
  std::atomic<int> held = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (const SignedStatement& s : statements) held += checker.holds(s) ? 1 : 0;
    });
  }
  threads.clear();
  BOOST_TEST(held == 80);
  BOOST_TEST(checker.verifications() >= 20u);
  BOOST_TEST(checker.verifications() <= 80u);
}

BOOST_AUTO_TEST_CASE(the_memo_keeps_one_digest_a_place) {
  Memo memo(3);
  const auto key = [](int n) { return Digest{{static_cast<std::uint8_t>(n)}}; };
  BOOST_TEST(!memo.contains(Digest{}));  // an empty place holds nothing
  for (const int n : {1, 2, 3, 3}) memo.insert(key(n));
  for (const int n : {1, 2, 3}) BOOST_TEST(memo.contains(key(n)));
  memo.insert(key(4));  // the place of 1
  BOOST_TEST(!memo.contains(key(1)));
  for (const int n : {2, 3, 4}) BOOST_TEST(memo.contains(key(n)));
}

BOOST_AUTO_TEST_CASE(a_signer_with_two_keys_signs_as_the_statement_says) {
  Roster roster{Digest{{9}}};
  std::map<Incarnation, SigningKey> keys;
  for (const std::uint32_t i : {0u, 1u}) {
    SigningKey key = SigningKey::from_seed(Seed{{static_cast<std::uint8_t>(40 + i)}});
    roster.add_replica(ReplicaId(2), Incarnation(i), key.public_key());
    keys.emplace(Incarnation(i), std::move(key));
  }
  Ed25519Signer signer(std::move(keys), {SignerRole::replica, 2, Incarnation(1)});
  const Ed25519Checker checker(roster);
  for (const std::uint32_t i : {0u, 1u}) {
    SignedStatement s{{StatementKind::commit,
                       roster.cluster(),
                       {SignerRole::replica, 2, Incarnation(i)},
                       ViewNumber(1),
                       SequenceNumber(2),
                       Digest{{3}}},
                      {}};
    s.signature = signer.sign(s.statement);
    BOOST_TEST(checker.holds(s));
    s.statement.signer.incarnation = Incarnation(1 - i);
    BOOST_TEST(!checker.holds(s));
  }
}

BOOST_AUTO_TEST_CASE(the_roster_keeps_every_incarnation_and_names_the_highest) {
  Roster roster(Digest{{9}});
  const PublicKey first{{1}}, second{{2}};
  roster.add_replica(ReplicaId(0), Incarnation(2), second);
  roster.add_replica(ReplicaId(0), Incarnation(1), first);
  BOOST_TEST(roster.replicas() == 1u);
  BOOST_TEST((roster.incarnations()->latest(ReplicaId(0)) == Incarnation(2)));
  BOOST_TEST(!roster.incarnation_at(ReplicaId(1), SequenceNumber(1)).has_value());
  BOOST_TEST((*roster.key_of({SignerRole::replica, 0, Incarnation(1)}) == first));
  BOOST_TEST((*roster.key_of({SignerRole::replica, 0, Incarnation(2)}) == second));
  BOOST_TEST(roster.key_of({SignerRole::client, 0, Incarnation(0)}) == nullptr);
  BOOST_TEST(roster.client(ClientId(0)) == nullptr);
  BOOST_TEST(roster.is_first_key(first));
  BOOST_TEST(!roster.is_first_key(second));
  const PublicKey desk{{3}};
  BOOST_TEST(!roster.is_first_key(desk));
  roster.add_client(ClientId(0), {desk, ClientRole::operator_role});
  BOOST_TEST(roster.is_first_key(desk));
  BOOST_TEST((roster.client(ClientId(0))->role == ClientRole::operator_role));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

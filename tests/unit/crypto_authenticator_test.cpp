// What authentication makes of a message: good, spoiled (its sender is convicted) or dropped, and why.
#include <boost/test/unit_test.hpp>

#include "crypto/authenticator.hpp"
#include "crypto/batch.hpp"
#include "crypto/keys.hpp"

namespace breakwater {
namespace {

const Digest kCluster{{42}};

class ChannelOnly final : public Message {
 public:
  explicit ChannelOnly(ReplicaId from) : from_(from) {}
  std::string_view name() const override { return "channel-only"; }
  ReplicaId sender() const override { return from_; }

 private:
  ReplicaId from_;
};

class FakeSigned final : public SignedMessage {
 public:
  FakeSigned(ReplicaId from, std::vector<Carried> carried, bool digests_match)
      : from_(from), carried_(std::move(carried)), digests_match_(digests_match) {}
  std::string_view name() const override { return "fake"; }
  ReplicaId sender() const override { return from_; }
  void list_carried(std::vector<Carried>& out, const Digest&) const override { out = carried_; }
  bool digests_match() const override { return digests_match_; }

 private:
  ReplicaId from_;
  std::vector<Carried> carried_;
  bool digests_match_;
};

SigningKey key_of(const Signatory& signer) {
  Seed seed;
  seed.bytes = {static_cast<std::uint8_t>(signer.role), static_cast<std::uint8_t>(signer.id)};
  return SigningKey::from_seed(seed);
}

// Replicas 0 to 3 of incarnation 1, clients 0 to 3; replica i and client i have different keys.
struct Group {
  Roster roster{kCluster};
  std::optional<Ed25519Checker> checker;
  std::optional<SignatureAuthenticator> authenticator;

  Group() {
    for (std::uint32_t i = 0; i < 4; ++i) {
      roster.add_replica(ReplicaId(i), Incarnation(1), key_of({SignerRole::replica, i, Incarnation(1)}).public_key());
      roster.add_client(ClientId(i), {key_of({SignerRole::client, i, Incarnation(0)}).public_key(), ClientRole::desk});
    }
    checker.emplace(roster);
    authenticator.emplace(*checker, kCluster);
  }
};

SignedStatement signed_by(const Signatory& signer, std::uint64_t sequence = 1) {
  const Statement statement{StatementKind::prepare, kCluster, signer, ViewNumber(0), SequenceNumber(sequence), {}};
  return {statement, key_of(signer).sign(statement.encode())};
}
SignedStatement replica(std::uint32_t id) { return signed_by({SignerRole::replica, id, Incarnation(1)}); }
SignedStatement broken(SignedStatement signed_statement) {
  signed_statement.signature.bytes[10] ^= 1;
  return signed_statement;
}

// "good", "spoiled", or the reason of the drop; nothing else may be set.
std::string outcome_of(const Group& group, MessagePtr message, std::uint32_t channel) {
  const Authenticated result = group.authenticator->authenticate(message, ReplicaId(channel));
  BOOST_TEST(result.good.has_value() + result.spoiled.has_value() + result.dropped.has_value() == 1);
  if (result.good) {
    BOOST_TEST((**result.good == message));
    return "good";
  }
  if (result.spoiled) {
    BOOST_TEST(((*result.spoiled)->message == message));
    return "spoiled";
  }
  const bool is_own =
      *result.dropped == RejectReason::bad_signature || *result.dropped == RejectReason::digest_mismatch;
  BOOST_TEST(result.garbled.has_value() == (is_own && message->sender() == ReplicaId(channel)));
  return std::string(name_of(*result.dropped));
}

std::string outcome(const Group& group, std::uint32_t sender, std::uint32_t channel, std::vector<Carried> carried,
                    bool digests_match = true) {
  return outcome_of(group, std::make_shared<FakeSigned>(ReplicaId(sender), std::move(carried), digests_match), channel);
}

constexpr Carriage kOuter = Carriage::outer, kCovered = Carriage::covered, kBeside = Carriage::beside;

BOOST_AUTO_TEST_SUITE(crypto_authenticator)

BOOST_FIXTURE_TEST_CASE(the_channel_vouches_for_unsigned_messages, Group) {
  BOOST_TEST(outcome_of(*this, std::make_shared<ChannelOnly>(ReplicaId(1)), 1) == "good");
  BOOST_TEST(outcome_of(*this, std::make_shared<ChannelOnly>(ReplicaId(1)), 2) == "sender_mismatch");
  BOOST_TEST(outcome(*this, 1, 1, {}) == "good");
  BOOST_TEST(outcome(*this, 1, 2, {}) == "sender_mismatch");
  BOOST_TEST(checker->verifications() == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_outer_signature_may_be_relayed, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}}) == "good");
  BOOST_TEST(outcome(*this, 1, 3, {{kOuter, replica(1)}}) == "good");
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, broken(replica(1))}}) == "bad_signature");
  BOOST_TEST(outcome(*this, 1, 3, {{kOuter, broken(replica(1))}}) == "bad_signature");  // 3 may have broken it
}

BOOST_FIXTURE_TEST_CASE(the_outer_signature_is_the_senders_own, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(2)}}) == "sender_mismatch");
  // Client 1 has a good key and the same number as replica 1.
  const SignedStatement clients = signed_by({SignerRole::client, 1, Incarnation(0)});
  BOOST_TEST(checker->holds(clients));
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, clients}}) == "sender_mismatch");
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, signed_by({SignerRole::replica, 1, Incarnation(2)})}}) == "bad_signature");
}

BOOST_FIXTURE_TEST_CASE(digests_are_compared_before_any_signature, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}}, false) == "digest_mismatch");
  BOOST_TEST(outcome(*this, 1, 2, {}, false) == "digest_mismatch");
  BOOST_TEST(checker->verifications() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_bad_signature_that_the_sender_signed_convicts_it, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}, {kCovered, replica(2)}, {kCovered, replica(3)}}) == "good");
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}, {kCovered, replica(2)}, {kCovered, broken(replica(3))}}) ==
             "spoiled");
  BOOST_TEST(outcome(*this, 1, 3, {{kOuter, replica(1)}, {kCovered, broken(replica(2))}}) == "spoiled");
}

// Anyone could have sent these: the nested signature must not even be looked at.
BOOST_FIXTURE_TEST_CASE(nobody_is_convicted_under_a_bad_outer_signature, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, broken(replica(1))}, {kCovered, broken(replica(2))}}) == "bad_signature");
  BOOST_TEST(checker->verifications() == 1u);
  BOOST_TEST(outcome(*this, 1, 1, {{kCovered, broken(replica(2))}}) == "bad_nested_signature");
}

BOOST_FIXTURE_TEST_CASE(a_bad_signature_that_is_merely_attached_drops_the_message, Group) {
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}, {kBeside, replica(2)}}) == "good");
  BOOST_TEST(outcome(*this, 1, 1, {{kOuter, replica(1)}, {kBeside, broken(replica(2))}}) == "bad_carried_signature");
  BOOST_TEST(outcome(*this, 1, 1, {{kBeside, replica(2)}}) == "good");
  BOOST_TEST(outcome(*this, 1, 1, {{kBeside, replica(2)}, {kBeside, broken(replica(3))}}) == "bad_carried_signature");
  BOOST_TEST(outcome(*this, 1, 2, {{kBeside, replica(1)}}) == "sender_mismatch");
}

BOOST_FIXTURE_TEST_CASE(requests_are_authenticated_by_their_clients_key, Group) {
  const auto request_of = [](std::uint32_t signer, std::uint32_t client) {
    Request request = make_request(ClientId(client), RequestNumber(5), encode_commands({to_bytes("book")}), {});
    request.signature =
        key_of({SignerRole::client, signer, Incarnation(0)}).sign(request_statement(kCluster, request).encode());
    return request;
  };
  const auto reason_of = [&](const Request& request) -> std::string {
    const auto result = authenticator->authenticate(std::make_shared<Request>(request));
    return result ? "good" : std::string(name_of(result.error()));
  };
  BOOST_TEST(reason_of(request_of(1, 1)) == "good");
  BOOST_TEST(reason_of(request_of(2, 1)) == "bad_signature");
  BOOST_TEST(reason_of(request_of(9, 9)) == "unknown_client");
  Request renumbered = request_of(1, 1);
  renumbered.number = renumbered.number.next();
  BOOST_TEST(reason_of(renumbered) == "bad_signature");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// Who says what, and when: signatures out of place, clocks, borrowed names (rows 31 to 33).
#include <boost/test/unit_test.hpp>

#include "net/codec.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using namespace breakwater::pbft;

BOOST_AUTO_TEST_SUITE(identity)

// Replica 1's honest words, put where they were not said. `ask` is what replica 2 makes of a message.
BOOST_AUTO_TEST_CASE(hazard_31_signature_of_another_cluster_kind_or_view) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  stage.open();
  const SignedStatement said = stage.sign(StatementKind::commit, 1, 0, 2, hash("a batch", {}));
  const auto refused = [&](const MessagePtr& message, RejectReason reason) {
    const std::uint64_t before = stage.rejected(2, reason);
    stage.inject(ReplicaId(3), ReplicaId(2), message);
    stage.run_for(5);
    return stage.rejected(2, reason) == before + 1;
  };
  SignedStatement other = said;
  other.statement.cluster = hash("another cluster", {});
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::wrong_cluster));
  const sim::StandInCrypto elsewhere(other.statement.cluster);
  other.signature = elsewhere.sign(other.statement);  // well signed there
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::wrong_cluster));
  other.statement.cluster = said.statement.cluster;
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::bad_signature));

  other = said;
  other.statement.kind = StatementKind::prepare;
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::wrong_kind));
  const SignedStatement proposal = stage.sign(StatementKind::pre_prepare, 0, 0, 2, said.statement.digest);
  BOOST_TEST(refused(std::make_shared<Prepare>(other, proposal.statement.signer, proposal.signature),
                     RejectReason::bad_signature));
  other = said;
  other.statement.sequence = SequenceNumber(3);
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::bad_signature));
  other = said;
  other.statement.kind = StatementKind::checkpoint;
  other.statement.sequence = SequenceNumber(8);
  BOOST_TEST(refused(std::make_shared<Checkpoint>(other), RejectReason::bad_signature));
  other = said;
  other.statement.signer = stage.config(0).signatory(ReplicaId(0));
  BOOST_TEST(refused(std::make_shared<Commit>(other), RejectReason::bad_signature));

  // In its own place the same signature is taken, from whoever passes it on: a second copy is a duplicate.
  stage.inject(ReplicaId(3), ReplicaId(2), std::make_shared<Commit>(said));
  stage.run_for(5);
  BOOST_TEST(refused(std::make_shared<Commit>(said), RejectReason::duplicate));
  BOOST_TEST(stage.accused().empty());
}

// A signature for view 0 does not serve in view 1, where its statement would be current.
BOOST_AUTO_TEST_CASE(hazard_31_signature_of_another_view) {
  Stage stage(group_of(4));
  stage.open();
  stage.cut_off(0);
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.status(1).view.value == 1u);
  SignedStatement old = stage.sign(StatementKind::commit, 0, 0, 5, hash("a batch", {}));
  old.statement.view = ViewNumber(1);
  stage.inject(ReplicaId(3), ReplicaId(2), std::make_shared<Commit>(old));
  stage.run_for(5);
  BOOST_TEST(stage.rejected(2, RejectReason::bad_signature) == 1u);
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_32_clocks_an_hour_off_backwards_frozen) {
  constexpr std::int64_t kHour = 3'600'000'000;
  Stage stage(group_of(4));
  stage.open(64);
  std::uint32_t booking = 100;
  const auto busy = [&](int rounds, const auto& set_clocks) {
    for (int i = 0; i < rounds; ++i) {
      set_clocks();
      stage.reserve(1 + booking % 8, booking);
      ++booking;
      stage.run_for(300);
      BOOST_TEST(stage.violation() == "");
      BOOST_TEST(stage.time_running_back() == "");
    }
  };
  busy(10, [&] { stage.skew_clock(1, kHour); });                // a backup: the others do without its prepares
  BOOST_TEST(stage.rejected(1, RejectReason::time_skew) > 0u);  // it bites: that backup votes for nothing new
  BOOST_TEST(stage.answered());
  stage.skew_clock(1, 0);
  busy(30, [&] { stage.skew_clock(0, -kHour); });  // the primary, set back: its time stands still
  BOOST_TEST(stage.rejected(2, RejectReason::time_skew) > 0u);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.highest_view() >= 1u);  // a primary whose time nobody believes is replaced
  stage.skew_clock(0, 0);
  const std::uint64_t frozen_at = stage.now_ms();
  busy(10, [&] {
    for (std::uint32_t id = 0; id < 4; ++id) {
      stage.skew_clock(id, -static_cast<std::int64_t>(stage.now_ms() - frozen_at) * 1000);
    }
  });
  busy(10, [&] {  // all astray, each its own way: nothing need happen, and nothing wrong may
    for (std::uint32_t id = 0; id < 4; ++id) stage.skew_clock(id, (static_cast<std::int64_t>(id) - 1) * kHour);
  });
  for (std::uint32_t id = 0; id < 4; ++id) stage.skew_clock(id, 0);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

// Identity is the key: the channel's for what the channel vouches for, the signature's for what is signed. A name in a
// message proves nothing.
BOOST_AUTO_TEST_CASE(hazard_33_peer_claims_another_name) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  stage.open();
  auto status = std::make_shared<Status>(ReplicaId(1));
  status->view = ViewNumber(9);
  const auto decoded = decode_pbft_frame(encode_frame(*status));
  BOOST_REQUIRE(decoded.has_value());
  const SignatureAuthenticator authenticator(stage.crypto(), stage.roster().cluster());
  BOOST_TEST((authenticator.authenticate(*decoded, ReplicaId(3)).dropped == RejectReason::sender_mismatch));
  BOOST_TEST(authenticator.authenticate(*decoded, ReplicaId(1)).good.has_value());

  const std::uint64_t before = stage.rejected(2, RejectReason::sender_mismatch);
  stage.inject(ReplicaId(3), ReplicaId(2), status);
  // Signed with its own key under another's name, and another's statement with a client's role.
  SignedStatement borrowed = stage.sign(StatementKind::commit, 1, 0, 2, hash("a batch", {}));
  borrowed.signature = stage.sign(StatementKind::commit, 3, 0, 2, hash("a batch", {})).signature;
  stage.inject(ReplicaId(3), ReplicaId(2), std::make_shared<Commit>(borrowed));
  SignedStatement as_client = stage.sign(StatementKind::commit, 1, 0, 3, hash("a batch", {}));
  as_client.statement.signer.role = SignerRole::client;
  stage.inject(ReplicaId(3), ReplicaId(2), std::make_shared<Commit>(as_client));
  SignedStatement stranger = stage.sign(StatementKind::commit, 1, 0, 3, hash("a batch", {}));
  stranger.statement.signer.id = 77;
  stage.inject(ReplicaId(3), ReplicaId(2), std::make_shared<Commit>(stranger));
  stage.run_for(5);
  BOOST_TEST(stage.rejected(2, RejectReason::sender_mismatch) == before + 1);
  BOOST_TEST(stage.rejected(2, RejectReason::bad_signature) == 1u);
  BOOST_TEST(stage.rejected(2, RejectReason::unknown_sender) == 2u);
  const auto refused = decode_pbft_frame(encode_frame(Commit(as_client)));
  BOOST_TEST((!refused && refused.error() == RejectReason::sender_mismatch));
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_SUITE_END()

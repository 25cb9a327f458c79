// Backups that vote too often, twice, or for states that nobody has (rows 10, 14, 16, 20).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/lenient.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using breakwater::testing::EngineRig;

BOOST_AUTO_TEST_SUITE(voters)

BOOST_AUTO_TEST_CASE(hazard_10_backup_votes_for_two_digests) {
  Stage stage(group_of(4, {{3, "double-vote:from=2"}}));
  stage.open();
  for (std::uint32_t client = 1; client <= 6; ++client) {
    stage.reserve(client, 100 + client);
    stage.answered();
  }
  BOOST_TEST(stage.all_answered());
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.everybody_accuses(3, "conflicting_commits"));
  BOOST_TEST(stage.accused() == Ids{3}, boost::test_tools::per_element());
  BOOST_TEST(stage.heals_and_converges());
}

// The liars propose and vote one thing to one side, another to the other, with the network split between the sides.
static void tell_two_stories(Stage& stage, const Ids& liars, const std::vector<std::uint32_t>& a,
                             const std::vector<std::uint32_t>& b) {
  stage.open();
  stage.split({a, b});
  std::uint32_t story = 0;
  for (const auto& side : {a, b}) {
    ++story;
    const BatchPtr batch = stage.batch({stage.reserve_request(story, 1, 100 + story)});
    for (const std::uint32_t to : side) {
      stage.say(0, to, stage.pre_prepare(0, 0, 2, batch));
      for (const std::uint32_t liar : liars) {
        if (liar != 0) stage.say(liar, to, stage.prepare(liar, 0, 2, batch->digest));
        stage.say(liar, to, stage.commit(liar, 0, 2, batch->digest));
      }
    }
  }
  stage.run_for(1000);
}

// A vote for two digests needs two proposals to matter: the primary is its accomplice, f = 2 together.
BOOST_AUTO_TEST_CASE(hazard_10_double_vote_with_an_equivocating_primary) {
  Stage stage(group_of(7, {{0, kPuppetAfterOpening}, {6, kPuppetAfterOpening}}));
  tell_two_stories(stage, {0, 6}, {1, 2, 3}, {4, 5});
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.double_sale() == "");
  const Ids guilty{0, 6};
  BOOST_TEST(stage.convicted_by_transcript() == guilty, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hazard_10_bites_when_a_quorum_is_one_vote_too_small) {
  Stage stage(group_of(7, {{0, kPuppetAfterOpening}, {6, kPuppetAfterOpening}}, 4));
  tell_two_stories(stage, {0, 6}, {1, 2, 3}, {4, 5});
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hazard_14_repeated_vote_counts_once) {
  EngineRig rig(1, 7);  // prepared: four backups; decided: five replicas
  const BatchPtr batch = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, batch));
  for (int i = 0; i < 10; ++i) rig.step(rig.prepare(2, 0, 1, batch->digest));
  for (int i = 0; i < 10; ++i) rig.step(rig.commit(2, 0, 1, batch->digest));
  BOOST_TEST(std::ranges::count(rig.rejected, RejectReason::duplicate, &Rejected::reason) == 18);
  BOOST_TEST(rig.sent_of<pbft::Commit>().empty());
  BOOST_TEST(rig.executed.empty());
  rig.step(std::make_shared<pbft::DecidedSlot>(
      ReplicaId(2), rig.certificate(StatementKind::commit, {2, 2, 2, 2, 2}, 0, 1, batch->digest), batch));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_certificate));
  BOOST_TEST(rig.executed.empty());
  rig.decide(0, 1, batch);  // the others' votes: liveness
  BOOST_TEST(rig.executed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(hazard_14_bites_when_two_signers_are_a_quorum) {
  EngineRig rig(1, 7);
  weaken(rig, 3);
  const BatchPtr batch = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, batch));
  rig.step(rig.prepare(2, 0, 1, batch->digest));
  BOOST_TEST(rig.sent_of<pbft::Commit>().size() == 1u);  // so few that one voter beside its own vote decides
}

// Replica 3 signs a root that nobody has, to everybody, for the next checkpoints.
static void lie_about_checkpoints(Stage& stage) {
  stage.open(64);
  for (const std::uint64_t n : {8u, 16u}) {
    const SignedStatement lie = stage.sign(StatementKind::checkpoint, 3, 0, n, hash("made up", {}));
    stage.say_to_all(3, std::make_shared<pbft::Checkpoint>(lie));
  }
  for (std::uint32_t i = 0; i < 20; ++i) {
    stage.reserve(1 + i % 8, 100 + i);
    stage.run_for(100);
  }
}

BOOST_AUTO_TEST_CASE(hazard_16_false_checkpoint_digest) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  lie_about_checkpoints(stage);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.violation() == "");
  for (const std::uint32_t id : {0u, 1u, 2u}) {
    BOOST_TEST(stage.status(id).stable_checkpoint.value >= 16u);  // the correct ones stabilise
    BOOST_TEST(!stage.status(id).quarantined);
  }
  BOOST_TEST(stage.everybody_accuses(3, "conflicting_checkpoints"));  // it signed the honest root as well
  BOOST_TEST(stage.accused() == Ids{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hazard_16_bites_when_one_vote_makes_a_checkpoint_stable) {
  EngineRig rig(1);
  weaken(rig, 1);
  rig.step(rig.checkpoint(3, 8, hash("made up", {})));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 8u);  // a root that nobody has
}

// f+1 liars can break agreement: what remains is that the transcripts name them, and nobody else.
BOOST_AUTO_TEST_CASE(hazard_20_f_plus_one_colluders) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}, {3, kPuppetAfterOpening}}));
  tell_two_stories(stage, {0, 3}, {1}, {2});
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);  // it bites with the true quorum
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
  const Ids guilty{0, 3};
  BOOST_TEST(stage.convicted_by_transcript() == guilty, boost::test_tools::per_element());
  stage.reunite();
  stage.run_for(5000);  // the two correct ones talk again: they convict liars only
  for (const std::uint32_t id : stage.accused()) BOOST_TEST(guilty.contains(id));
  BOOST_TEST(stage.convicted_by_transcript() == guilty, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

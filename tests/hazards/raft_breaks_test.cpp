// Where Raft breaks when one member lies: each property of the table in docs/testing.md is seen to be violated. What
// each search takes is said beside it; all stop at the first seed.
#include <boost/test/unit_test.hpp>

#include "crypto/batch.hpp"
#include "tests/hazards/raft_stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using sim::Profile;

BOOST_AUTO_TEST_SUITE(raft_breaks)

BOOST_AUTO_TEST_CASE(hazard_01_raft_two_stories_for_one_index) {
  BOOST_TEST(first_seed_that_violates("log-matching", {{0, "equivocate"}}) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_01_raft_sells_a_suite_twice) {
  RaftStage stage({{0, "equivocate"}});
  stage.open();
  stage.reserve(1, 8841);
  stage.reserve(2, 8849);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.world.run_until([&] { return stage.buyers_of("S12").size() == 2; }, 10'000));
  BOOST_TEST(stage.oracles.violated_properties().contains("log-matching"));
  BOOST_TEST(stage.oracles.violated_properties().contains("agreement"));
}

// Appends that fit nowhere are refused by name, and keep their sender in office all the same: nobody is served.
BOOST_AUTO_TEST_CASE(hazard_02_raft_entries_beyond_every_log) {
  RaftStage stage({{0, "silent:from=3"}});
  stage.open();
  const ViewNumber term = stage.world.status(0).view;
  const raft::Entry entry{term, nullptr};
  const auto far = std::make_shared<raft::AppendEntries>(ReplicaId(0), term, SequenceNumber(UINT64_MAX - 1), term,
                                                         SequenceNumber(UINT64_MAX), std::uint64_t{1},
                                                         std::vector<raft::Entry>{entry});
  stage.reserve(1, 101);
  for (int i = 0; i < 300; ++i) {
    stage.say_to_all(0, far);
    stage.world.run_for(100);
  }
  BOOST_TEST(!stage.world.all_answered());
  BOOST_TEST(stage.world.rejected(1, RejectReason::log_mismatch) > 100u);
  BOOST_TEST(stage.answered());  // it stops: the others elect a leader of their own
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

BOOST_AUTO_TEST_CASE(hazard_05_raft_censored_client_starves) {
  BOOST_TEST(first_seed_that_violates("liveness", {{0, "censor:client=1"}}) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_06_raft_executes_what_nobody_asked_for) {
  BOOST_TEST(first_seed_that_violates("validity", {{0, "forge"}}) > 0u);
}

// A hold of a second outlives ten of them: the leader's clock alone says what the time is.
BOOST_AUTO_TEST_CASE(hazard_08_raft_believes_a_backdated_time) {
  const auto is_sold_after_the_hold = [](std::int64_t clock_us) {
    RaftStage stage({{0, "silent:from=1000000000"}});  // it leads, and lies by its clock alone
    stage.open();
    BOOST_TEST_REQUIRE(stage.waits_until_leads(0));
    stage.world.submit(1, booking::Hold{{"V", "S12", std::nullopt}, 101, 1, {}});
    BOOST_TEST_REQUIRE(stage.answered());
    stage.world.skew_clock(0, clock_us);
    stage.world.run_for(10'000);
    const std::size_t call = stage.reserve(2, 102);
    BOOST_TEST_REQUIRE(stage.answered());
    return stage.world.call(call).result->accepted;
  };
  BOOST_TEST(is_sold_after_the_hold(0));
  BOOST_TEST(!is_sold_after_the_hold(-3'600'000'000));
}

BOOST_AUTO_TEST_CASE(hazard_10_raft_two_votes_elect_two_leaders) {
  BOOST_TEST(first_seed_that_violates("election-safety", {{1, "double-vote"}}, Profile::brutal) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_11_raft_elects_who_lacks_committed_entries) {
  BOOST_TEST(first_seed_that_violates("leader-completeness", {{0, "bad-view-change"}}, Profile::mixed) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_12_raft_follows_every_claim_of_a_term) {
  BOOST_TEST(first_seed_that_violates("liveness", {{2, "view-flood"}}) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_13_raft_follows_a_leader_that_nobody_elected) {
  BOOST_TEST(first_seed_that_violates("election-safety", {{0, "bad-new-view"}}) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_13_raft_gives_up_committed_entries_to_it) {
  BOOST_TEST(first_seed_that_violates("leader-completeness", {{2, "bad-new-view"}}, Profile::brutal) > 0u);
}

BOOST_AUTO_TEST_CASE(hazard_18_raft_twins_vote_twice) {
  BOOST_TEST(first_seed_that_violates("election-safety", {}, Profile::twins) > 0u);
}

// The client believes the one replica that answers: what it is told was never executed.
BOOST_AUTO_TEST_CASE(hazard_36_raft_clients_believe_a_liar) {
  BOOST_TEST(first_seed_that_violates("linearizability", {{0, "lie-to-clients"}}) > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

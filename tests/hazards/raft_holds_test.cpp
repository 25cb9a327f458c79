// What Raft survives (the Raft column of the table in docs/testing.md): crashes, silence, clocks and networks.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "crypto/batch.hpp"
#include "tests/hazards/raft_stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using sim::FaultKind;

BOOST_AUTO_TEST_SUITE(raft_holds)

// Each leads, and falls silent in its turn: a crash by another name.
BOOST_AUTO_TEST_CASE(hazard_03_raft_silent_leaders_are_replaced) {
  RaftStage stage({{0, "silent:from=4"}, {1, "silent:from=8"}}, 5);
  stage.open();
  for (std::uint32_t i = 1; i <= 10; ++i) {
    stage.reserve(i, 100 + i);
    BOOST_TEST(stage.answered());
  }
  BOOST_TEST(stage.world.status(2).view.value >= 2u);
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

// The test leads in the liar's name: an executed request stands in the log again, and is executed once.
BOOST_AUTO_TEST_CASE(hazard_07_raft_replayed_request_executes_once) {
  RaftStage stage({{0, "silent:from=4"}});
  stage.open();
  const std::size_t call = stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  const RequestPtr again = stage.world.call(call).request;
  const ViewNumber term = stage.world.status(0).view;
  const BatchPtr batch = make_batch(AgreedTime(sim::Cluster::kEpochUs + stage.world.now_ms() * 1000), {again});
  stage.say_to_all(0,
                   std::make_shared<raft::AppendEntries>(ReplicaId(0), term, SequenceNumber(3), term, SequenceNumber(4),
                                                         std::uint64_t{1}, std::vector<raft::Entry>{{term, batch}}));
  stage.reserve(2, 102, "S11");
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.world.run_until([&] { return stage.archive(1).size() >= 5; }, 10'000));
  const auto slots = stage.archive(1);
  const auto holds_it = [&](const raft::ArchivedEntry& slot) {
    return slot.entry.batch != nullptr && slot.entry.batch->requests.front()->digest == again->digest;
  };
  BOOST_TEST(std::ranges::count_if(slots, holds_it) == 2);
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

// Two of five cannot make a leader, however often one of them votes.
BOOST_AUTO_TEST_CASE(hazard_14_raft_repeated_vote_counts_once) {
  RaftStage stage({{1, "silent"}}, 5);
  stage.open();
  stage.world.partition({{0, 1}, {2, 3, 4}});
  stage.world.run_for(3'000);
  bool ever_led = false;
  for (int i = 0; i < 200; ++i) {
    const ViewNumber term = stage.world.status(0).view;
    for (const bool pre_vote : {true, false}) {
      for (int times = 0; times < 3; ++times) {
        stage.world.inject(
            ReplicaId(1), ReplicaId(0),
            std::make_shared<raft::RequestVoteResult>(ReplicaId(1), pre_vote ? term.next() : term, pre_vote, true));
      }
    }
    stage.world.run_for(50);
    ever_led = ever_led || stage.world.status(0).role == "leader";
  }
  BOOST_TEST(!ever_led);
  stage.world.heal();
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

BOOST_AUTO_TEST_CASE(hazard_21_raft_killed_between_persist_and_send) {
  expect_worlds_hold({FaultKind::crash, FaultKind::crash_at_send, FaultKind::crash_at_commit}, 3);
}

BOOST_AUTO_TEST_CASE(hazard_22_raft_power_loss) {
  expect_worlds_hold({FaultKind::kill_all, FaultKind::crash_at_commit}, 3);
}

BOOST_AUTO_TEST_CASE(hazard_23_raft_failed_commit_stops_the_replica) {
  expect_worlds_hold({FaultKind::commit_error, FaultKind::sync_error}, 3);
}

BOOST_AUTO_TEST_CASE(hazard_25_raft_full_disk_pauses_the_replica) { expect_worlds_hold({FaultKind::disk_full}, 3); }

BOOST_AUTO_TEST_CASE(hazard_28_raft_even_split) {
  RaftStage stage({}, 4);
  stage.open();
  stage.world.partition({{0, 1}, {2, 3}});
  stage.world.run_for(1'500);  // the leader notices
  stage.reserve(1, 101);
  BOOST_TEST(!stage.answered(10'000));
  stage.world.heal();
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

BOOST_AUTO_TEST_CASE(hazard_29_raft_one_way_links) { expect_worlds_hold({FaultKind::one_way}, 3); }

BOOST_AUTO_TEST_CASE(hazard_30_raft_drops_duplicates_reorders_replays) {
  expect_worlds_hold({FaultKind::replay_old, FaultKind::clog, FaultKind::swizzle}, 3, true);
}

BOOST_AUTO_TEST_CASE(hazard_32_raft_clocks_astray) {
  expect_worlds_hold({FaultKind::skew_clock, FaultKind::freeze_clock}, 3);
}

BOOST_AUTO_TEST_CASE(hazard_35_raft_request_numbers_far_ahead) { expect_worlds_hold({FaultKind::lying_client}, 3); }

BOOST_AUTO_TEST_CASE(hazard_38_raft_last_suite_raced) {
  RaftStage stage;
  stage.open();
  for (std::uint32_t client = 1; client <= 8; ++client) {
    const std::size_t call = stage.reserve(client, 100 + client);
    stage.world.send_request(stage.world.call(call).request, ReplicaId(client % 3));
  }
  BOOST_TEST(stage.answered());
  int sold = 0;
  for (std::size_t call = 1; call < stage.world.calls(); ++call) sold += stage.world.call(call).result->accepted;
  BOOST_TEST(sold == 1);
  BOOST_TEST(stage.world.run_until([&] { return stage.buyers_of("S12").size() == 1; }, 10'000));
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

BOOST_AUTO_TEST_CASE(hazard_39_raft_stale_leader_returns) { expect_worlds_hold({FaultKind::isolate}, 3); }

BOOST_AUTO_TEST_CASE(hazard_40_raft_minority_side) { expect_worlds_hold({FaultKind::split}, 5); }

BOOST_AUTO_TEST_SUITE_END()

// What a network may do by itself (rows 28 to 30, 39, 40).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(network)

static void split_evenly(Stage& stage) {
  stage.open(1);
  stage.split({{0, 1}, {2, 3}});
  for (const std::uint32_t id : {0u, 1u}) stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(id));
  for (const std::uint32_t id : {2u, 3u}) stage.send_request(stage.reserve_request(2, 1, 102), ReplicaId(id));
  stage.run_for(15'000);
}

BOOST_AUTO_TEST_CASE(hazard_28_even_split) {
  Stage stage(group_of(4));
  split_evenly(stage);
  for (std::uint32_t id = 0; id < 4; ++id) BOOST_TEST(stage.status(id).executed.value == 1u);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_28_bites_when_half_is_a_quorum) {
  Stage stage(group_of(4, {}, 2));
  split_evenly(stage);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

// Everybody hears the deaf ones; they hear nobody.
static bool serves_with_deaf(Stage& stage, const Ids& deaf) {
  stage.open(64);
  stage.rule([&](ReplicaId, ReplicaId to, const Message&) { return !deaf.contains(to.value); });
  for (std::uint32_t i = 0; i < 20; ++i) {
    const std::size_t call = stage.reserve(1 + i % 8, 100 + i);
    for (const std::uint32_t id : deaf) stage.send_request(stage.call(call).request, ReplicaId(id));
    stage.run_for(1000);
  }
  return stage.answered(1000);
}

BOOST_AUTO_TEST_CASE(hazard_29_one_way_link) {
  Stage stage(group_of(4));
  BOOST_TEST(serves_with_deaf(stage, {3}));
  BOOST_TEST(stage.status(3).view.value > 0u);  // it asks for another view, alone
  for (const std::uint32_t id : {0u, 1u, 2u}) BOOST_TEST(stage.status(id).view.value == 0u);  // no livelock
  BOOST_TEST(stage.heals_and_converges());
  // It follows by the archive until the group changes its view; then it votes again, when it is needed.
  stage.crash(0);
  stage.reserve(9, 900);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.status(3).role != "view-changing");
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_29_bites_when_one_more_is_deaf) {
  Stage stage(group_of(4));
  BOOST_TEST(!serves_with_deaf(stage, {2, 3}));
  BOOST_TEST(stage.heals_and_converges());  // and it was the links, not a state they left behind
}

BOOST_AUTO_TEST_CASE(hazard_30_drops_duplicates_reorders_and_hour_old_replays) {
  sim::ClusterOptions options = group_of(4);
  options.drop_percent = 15;
  options.duplicate_percent = 15;
  options.max_delay_ms = 80;
  Stage stage(options);
  stage.open(64);
  for (std::uint32_t i = 0; i < 30; ++i) {
    stage.reserve(1 + i % 8, 100 + i);
    stage.run_for(200);
  }
  BOOST_TEST(stage.answered());
  stage.set_loss(0, 0);
  stage.cut_off(static_cast<std::uint32_t>(stage.highest_view() % 4));  // the primary: some messages grow stale by view
  stage.reserve(1, 200);
  stage.run_for(5000);
  BOOST_TEST(stage.heals_and_converges());
  stage.run_for(3'600'000);

  const std::vector<MessagePtr> old = stage.wire();
  const auto rejected = [&] {
    std::uint64_t count = 0;
    for (std::uint32_t id = 0; id < 4; ++id) {
      for (const std::uint64_t n : stage.replica(id).counters().rejected) count += n;
    }
    return count;
  };
  const auto replay = [&] {
    for (const MessagePtr& message : old) {
      for (std::uint32_t to = 0; to < 4; ++to) stage.inject(ReplicaId(3), ReplicaId(to), message);
    }
    stage.run_for(5);
  };
  const Digest state = stage.replica(0).state_digest();
  replay();  // what the network lost then may be news now
  const std::uint64_t before = rejected();
  replay();
  BOOST_TEST(rejected() - before == 4 * old.size());  // each arrived, and each was refused
  BOOST_TEST(stage.rejected_anywhere(RejectReason::stale_view) > 0u);
  BOOST_TEST(stage.rejected_anywhere(RejectReason::outside_watermarks) > 0u);
  BOOST_TEST((stage.replica(0).state_digest() == state));
  BOOST_TEST(stage.accused().empty());
  BOOST_TEST(stage.heals_and_converges());
}

// Replica 0 leads view 0, is cut off with a request of its own, and comes back when the others are in view 1.
static void lead_from_exile(Stage& stage) {
  stage.open(1);
  stage.split({{0}, {1, 2, 3}});
  stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(0));
  for (const std::uint32_t id : {1u, 2u, 3u}) stage.send_request(stage.reserve_request(2, 1, 102), ReplicaId(id));
  stage.run_for(8000);
}

BOOST_AUTO_TEST_CASE(hazard_39_stale_leader_returns) {
  Stage stage(group_of(4));
  lead_from_exile(stage);
  BOOST_TEST(stage.status(0).role == "primary");
  BOOST_TEST(stage.status(0).executed.value == 1u);
  BOOST_TEST(stage.status(1).view.value == 1u);
  BOOST_TEST(stage.has_executed(1, ClientId(2), 1));
  stage.reunite();
  for (const auto& proposal : stage.wire_of<pbft::PrePrepare>()) {
    if (proposal->view() == ViewNumber(0) && proposal->sequence() == SequenceNumber(2)) stage.say_to_all(0, proposal);
  }
  stage.run_for(10);
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    BOOST_TEST(stage.rejected(id, RejectReason::stale_view) > 0u);  // fenced by its view
  }
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.status(0).view.value >= 1u);
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_39_bites_when_a_leader_needs_nobody) {
  Stage stage(group_of(4, {}, 1));
  lead_from_exile(stage);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

// The minority side: one backup of four, then two of seven with the primary.
BOOST_AUTO_TEST_CASE(hazard_40_minority_side) {
  Stage stage(group_of(7));
  stage.open(4);
  stage.split({{0, 6}, {1, 2, 3, 4, 5}});
  for (const std::uint32_t id : {0u, 6u}) stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(id));
  stage.run_for(10'000);
  for (const std::uint32_t id : {0u, 6u}) {
    BOOST_TEST(stage.status(id).executed.value == 1u);
    BOOST_TEST(!stage.status(id).waiting_for.empty());  // it accepts nothing, and says so
  }
  stage.reserve(2, 102);
  BOOST_TEST(stage.answered());  // the majority serves
  BOOST_TEST(!stage.has_executed(0, ClientId(2), 1));
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.double_sale() == "");
}

BOOST_AUTO_TEST_CASE(hazard_40_bites_when_two_of_seven_are_a_quorum) {
  Stage stage(group_of(7, {}, 2));
  stage.open(1);
  stage.split({{0, 6}, {1, 2, 3, 4, 5}});
  for (const std::uint32_t id : {0u, 6u}) stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(id));
  for (const std::uint32_t id : {1u, 2u, 3u}) stage.send_request(stage.reserve_request(2, 1, 102), ReplicaId(id));
  stage.run_for(10'000);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

// What a network may do by itself (rows 28 to 30, 39, 40).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/world.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(network)

static void split_evenly(World& world) {
  world.open(1);
  world.split({{0, 1}, {2, 3}});
  for (const std::uint32_t id : {0u, 1u}) world.send_request(world.reserve_request(1, 1, 101), ReplicaId(id));
  for (const std::uint32_t id : {2u, 3u}) world.send_request(world.reserve_request(2, 1, 102), ReplicaId(id));
  world.run_for(15'000);
}

BOOST_AUTO_TEST_CASE(hazard_28_even_split) {
  World world(group_of(4));
  split_evenly(world);
  for (std::uint32_t id = 0; id < 4; ++id) BOOST_TEST(world.status(id).executed.value == 1u);
  BOOST_TEST(world.heals_and_converges());
  BOOST_TEST(world.double_sale() == "");
  BOOST_TEST(world.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_28_bites_when_half_is_a_quorum) {
  World world(group_of(4, {}, 2));
  split_evenly(world);
  BOOST_TEST(world.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(world.double_sale().find("sold 2 times") != std::string::npos);
}

// Everybody hears the deaf ones; they hear nobody.
static bool serves_with_deaf(World& world, const Ids& deaf) {
  world.open(64);
  world.rule([&](ReplicaId, ReplicaId to, const Message&) { return !deaf.contains(to.value); });
  for (std::uint32_t i = 0; i < 20; ++i) {
    world.reserve(1 + i % 8, 100 + i);
    world.run_for(1000);
  }
  return world.answered(1000);
}

BOOST_AUTO_TEST_CASE(hazard_29_one_way_link) {
  World world(group_of(4));
  BOOST_TEST(serves_with_deaf(world, {3}));
  BOOST_TEST(world.status(3).view.value > 0u);  // it asks for another view, alone
  for (const std::uint32_t id : {0u, 1u, 2u}) BOOST_TEST(world.status(id).view.value == 0u);  // no livelock
  BOOST_TEST(world.heals_and_converges());
  BOOST_TEST(world.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_29_bites_when_one_more_is_deaf) {
  World world(group_of(4));
  BOOST_TEST(!serves_with_deaf(world, {2, 3}));
  BOOST_TEST(world.heals_and_converges());  // and it was the links, not a state they left behind
}

BOOST_AUTO_TEST_CASE(hazard_30_drops_duplicates_reorders_and_hour_old_replays) {
  sim::ClusterOptions options = group_of(4);
  options.drop_percent = 15;
  options.duplicate_percent = 15;
  options.max_delay_ms = 80;
  World world(options);
  world.open(64);
  for (std::uint32_t i = 0; i < 30; ++i) {
    world.reserve(1 + i % 8, 100 + i);
    world.run_for(200);
  }
  BOOST_TEST(world.answered());
  world.set_loss(0, 0);
  world.cut_off(static_cast<std::uint32_t>(world.highest_view() % 4));  // the primary: some messages grow stale by view
  world.reserve(1, 200);
  world.run_for(5000);
  BOOST_TEST(world.heals_and_converges());
  world.run_for(3'600'000);

  const std::vector<MessagePtr> old = world.wire();
  const auto rejected = [&] {
    std::uint64_t count = 0;
    for (std::uint32_t id = 0; id < 4; ++id) {
      for (const std::uint64_t n : world.replica(id).counters().rejected) count += n;
    }
    return count;
  };
  const std::uint64_t before = rejected();
  const Digest state = world.replica(0).state_digest();
  for (const MessagePtr& message : old) {
    for (std::uint32_t to = 0; to < 4; ++to) world.inject(ReplicaId(3), ReplicaId(to), message);
  }
  world.run_for(5);
  BOOST_TEST(rejected() - before == 4 * old.size());  // each arrived, and each was refused
  BOOST_TEST(world.rejected_anywhere(RejectReason::stale_view) > 0u);
  BOOST_TEST(world.rejected_anywhere(RejectReason::outside_watermarks) > 0u);
  BOOST_TEST((world.replica(0).state_digest() == state));
  BOOST_TEST(world.accused().empty());
  BOOST_TEST(world.heals_and_converges());
}

// Replica 0 leads view 0, is cut off with a request of its own, and comes back when the others are in view 1.
static void lead_from_exile(World& world) {
  world.open(1);
  world.split({{0}, {1, 2, 3}});
  world.send_request(world.reserve_request(1, 1, 101), ReplicaId(0));
  for (const std::uint32_t id : {1u, 2u, 3u}) world.send_request(world.reserve_request(2, 1, 102), ReplicaId(id));
  world.run_for(8000);
}

BOOST_AUTO_TEST_CASE(hazard_39_stale_leader_returns) {
  World world(group_of(4));
  lead_from_exile(world);
  BOOST_TEST(world.status(0).role == "primary");
  BOOST_TEST(world.status(0).executed.value == 1u);
  BOOST_TEST(world.status(1).view.value == 1u);
  BOOST_TEST(world.has_executed(1, ClientId(2), 1));
  world.reunite();
  for (const auto& proposal : world.wire_of<pbft::PrePrepare>()) {
    if (proposal->view() == ViewNumber(0) && proposal->sequence() == SequenceNumber(2)) world.say_to_all(0, proposal);
  }
  world.run_for(10);
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    BOOST_TEST(world.rejected(id, RejectReason::stale_view) > 0u);  // fenced by its view
  }
  BOOST_TEST(world.heals_and_converges());
  BOOST_TEST(world.status(0).view.value >= 1u);
  BOOST_TEST(world.double_sale() == "");
  BOOST_TEST(world.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_39_bites_when_a_leader_needs_nobody) {
  World world(group_of(4, {}, 1));
  lead_from_exile(world);
  BOOST_TEST(world.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(world.double_sale().find("sold 2 times") != std::string::npos);
}

// The minority side: one backup of four, then two of seven with the primary.
BOOST_AUTO_TEST_CASE(hazard_40_minority_side) {
  World world(group_of(7));
  world.open(4);
  world.split({{0, 6}, {1, 2, 3, 4, 5}});
  for (const std::uint32_t id : {0u, 6u}) world.send_request(world.reserve_request(1, 1, 101), ReplicaId(id));
  world.run_for(10'000);
  for (const std::uint32_t id : {0u, 6u}) {
    BOOST_TEST(world.status(id).executed.value == 1u);
    BOOST_TEST(!world.status(id).waiting_for.empty());  // it accepts nothing, and says so
  }
  world.reserve(2, 102);
  BOOST_TEST(world.answered());  // the majority serves
  BOOST_TEST(!world.has_executed(0, ClientId(2), 1));
  BOOST_TEST(world.heals_and_converges());
  BOOST_TEST(world.double_sale() == "");
}

BOOST_AUTO_TEST_CASE(hazard_40_bites_when_two_of_seven_are_a_quorum) {
  World world(group_of(7, {}, 2));
  world.open(1);
  world.split({{0, 6}, {1, 2, 3, 4, 5}});
  for (const std::uint32_t id : {0u, 6u}) world.send_request(world.reserve_request(1, 1, 101), ReplicaId(id));
  for (const std::uint32_t id : {1u, 2u, 3u}) world.send_request(world.reserve_request(2, 1, 102), ReplicaId(id));
  world.run_for(10'000);
  BOOST_TEST(world.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(world.double_sale().find("sold 2 times") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

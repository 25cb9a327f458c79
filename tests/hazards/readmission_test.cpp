// A replica loses its disk and comes back (row 19).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using namespace breakwater::pbft;

BOOST_AUTO_TEST_SUITE(readmission)

// Bookings until the readmission is done; true when it is, in time.
static bool readmit_under_load(Stage& stage, std::uint32_t replica) {
  stage.readmit(replica);
  std::uint32_t client = 1;
  return stage.run_until(
      [&] {
        if (stage.all_answered()) {
          stage.reserve(1 + client % 8, 500 + client);
          ++client;
        }
        return !stage.is_rejoining();
      },
      60'000);
}

static bool has_voted(const Stage& stage, std::uint32_t replica, Incarnation incarnation) {
  return std::ranges::any_of(stage.wire_of<Commit>(), [&](const auto& commit) {
    const Signatory& signer = commit->header.statement.signer;
    return signer.id == replica && signer.incarnation == incarnation;
  });
}

BOOST_AUTO_TEST_CASE(hazard_19_disk_lost_readmitted_then_another_dies) {
  Stage stage(group_of(4));
  stage.open(64);
  stage.wipe(2);
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_REQUIRE(readmit_under_load(stage, 2));
  stage.answered();
  stage.crash(3);  // without the readmitted one there is no quorum now
  for (std::uint32_t client = 1; client <= 4; ++client) stage.reserve(client, 200 + client);
  BOOST_TEST(stage.answered());
  BOOST_TEST(has_voted(stage, 2, Incarnation(1)));
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.accused().empty());
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_19_the_primary_loses_its_disk) {
  Stage stage(group_of(4));
  stage.open(64);
  stage.wipe(0);
  BOOST_REQUIRE(readmit_under_load(stage, 0));
  BOOST_TEST(stage.highest_view() > 0u);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

// The disk that was lost had no room: the new one has.
BOOST_AUTO_TEST_CASE(hazard_19_a_full_disk_is_lost) {
  Stage stage(group_of(4));
  stage.open(64);
  stage.disk(2).set_full(true);
  stage.wipe(2);
  BOOST_REQUIRE(readmit_under_load(stage, 2));
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
}

// It keeps its store, and signs on under two keys.
BOOST_AUTO_TEST_CASE(hazard_19_keys_change_under_load) {
  for (const std::uint32_t replica : {0u, 2u}) {
    Stage stage(group_of(4));
    stage.open(64);
    BOOST_REQUIRE(readmit_under_load(stage, replica));
    stage.answered();
    stage.crash(3);
    stage.reserve(1, 201);
    BOOST_TEST(stage.answered());
    BOOST_TEST(stage.violation() == "");
    BOOST_TEST(stage.accused().empty());
    BOOST_TEST(stage.heals_and_converges());
  }
}

// Replica 2 asks for view 1, alone, and then loses its disk. A liar holds its view-change back until the new
// incarnation votes, and adds its own: two of four would move the others.
BOOST_AUTO_TEST_CASE(hazard_19_liar_holds_back_the_old_view_change) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  stage.open(64);
  stage.rule([](ReplicaId from, ReplicaId to, const Message& m) {
    return to.value != 2 && dynamic_cast<const ViewChange*>(&m) == nullptr && from.value != 2;
  });
  const auto asked = [&] { return !stage.wire_of<ViewChange>().empty(); };
  for (std::uint32_t client = 1; client <= 4; ++client) {
    stage.send_request(stage.reserve_request(client, 1, 100 + client), ReplicaId(2));
  }
  BOOST_REQUIRE(stage.run_until(asked, 60'000));
  const auto held_back = stage.wire_of<ViewChange>().front();
  BOOST_TEST(held_back->sender().value == 2u);
  stage.wipe(2);
  stage.reunite();
  BOOST_REQUIRE(readmit_under_load(stage, 2));
  BOOST_TEST(stage.answered());

  const auto told = std::make_shared<ViewChange>(*held_back);
  stage.say_to_all(3, told);
  stage.run_for(50);
  BOOST_TEST(stage.rejected(0, RejectReason::wrong_incarnation) >= 1u);
  BOOST_TEST(stage.rejected(1, RejectReason::wrong_incarnation) >= 1u);
  BOOST_TEST(stage.highest_view() == 0u);
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

// A primary that lies proposes one batch to 1 and 2, and another to 2 and 3, with the network split in between.
static void tell_two_stories_around_a_loss(Stage& stage, bool forgets) {
  stage.open();
  std::uint32_t story = 0;
  for (const auto& [first, second] : {std::pair{1u, 2u}, {3u, 2u}}) {
    ++story;
    stage.split({{0, first, second}});
    if (story == 2) {
      stage.wipe(2);
      if (forgets) stage.restart_forgetful(2);
      stage.run_for(3000);  // it fetches slot 1 again
    }
    const BatchPtr batch = stage.batch({stage.reserve_request(story, 1, 100 + story)});
    for (const std::uint32_t to : {first, second}) {
      stage.say(0, to, stage.pre_prepare(0, 0, 2, batch));
      stage.say(0, to, stage.commit(0, 0, 2, batch->digest));
    }
    stage.run_for(500);
  }
}

BOOST_AUTO_TEST_CASE(hazard_19_a_lost_replica_stays_silent) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  tell_two_stories_around_a_loss(stage, false);
  BOOST_TEST(stage.status(1).executed.value == 2u);
  BOOST_TEST(stage.status(3).executed.value == 1u);  // two of four decide nothing
  BOOST_TEST(stage.violation() == "");
}

BOOST_AUTO_TEST_CASE(hazard_19_bites_when_it_votes_as_if_nothing_was_lost) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  tell_two_stories_around_a_loss(stage, true);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

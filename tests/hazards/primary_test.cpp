// Primaries that lie, stay silent, dawdle or censor (rows 1 to 6 of the table in docs/testing.md).
#include <boost/test/unit_test.hpp>

#include "pbft/messages.hpp"
#include "tests/hazards/lenient.hpp"
#include "tests/hazards/stage.hpp"
#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using breakwater::testing::EngineRig;

BOOST_AUTO_TEST_SUITE(primary)

// Two suites, three bookings: were both proposals decided, a suite would be sold twice.
static void sell_out(Stage& stage) {
  stage.open(2);
  for (std::uint32_t client = 1; client <= 3; ++client) stage.reserve(client, 100 + client);
}

BOOST_AUTO_TEST_CASE(hazard_01_two_batches_for_one_slot) {
  Stage stage(group_of(4, {{0, "equivocate"}}));
  sell_out(stage);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.everybody_accuses(0, "conflicting_pre_prepares"));
  BOOST_TEST(stage.accused() == Ids{0}, boost::test_tools::per_element());
  BOOST_TEST(stage.highest_view() == 1u);
  BOOST_TEST(stage.now_ms() < 2000u);  // at once, on proof: no timer was needed
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_01_bites_when_a_quorum_is_one_vote_too_small) {
  Stage stage(group_of(4, {{0, "equivocate"}}, 2));
  sell_out(stage);
  stage.run_for(1000);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hazard_02_proposal_beyond_the_window) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  stage.open();
  const std::uint64_t beyond[] = {1000, ~std::uint64_t{0} - 1, ~std::uint64_t{0}};
  for (const std::uint64_t n : beyond) {
    stage.say_to_all(0, stage.pre_prepare(0, 0, n, stage.batch({stage.reserve_request(9, n, 500)})));
  }
  // Within the window, leaving a gap: slot 4 prepares, 2 and 3 are never proposed.
  const BatchPtr far = stage.batch({stage.reserve_request(9, 1, 501)});
  stage.say_to_all(0, stage.pre_prepare(0, 0, 4, far));
  stage.run_for(100);
  BOOST_TEST(stage.rejected_anywhere(RejectReason::outside_watermarks) == 3 * std::size(beyond));  // it did arrive
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.highest_view() >= 1u);
  const auto slots = stage.archive(1);
  BOOST_REQUIRE(slots.size() >= 4u);
  BOOST_TEST((slots[1].batch == nullptr && slots[2].batch == nullptr));  // null requests
  BOOST_REQUIRE(slots[3].batch != nullptr);
  BOOST_TEST((slots[3].batch->digest == far->digest));
}

BOOST_AUTO_TEST_CASE(hazard_03_silent_primary_then_f_in_a_row) {
  Stage one(group_of(4, {{0, "silent"}}));
  one.open();
  BOOST_TEST(one.all_answered());
  BOOST_TEST(one.highest_view() == 1u);
  Stage row(group_of(7, {{0, "silent"}, {1, "silent"}}));
  row.open();
  BOOST_TEST(row.all_answered());
  BOOST_TEST(row.highest_view() == 2u);  // within f+1 view changes
  BOOST_TEST(row.accused().empty());     // silence is no evidence
  BOOST_TEST(row.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_03_bites_when_one_more_is_silent) {
  Stage stage(group_of(4, {{0, "silent"}, {1, "silent"}}));
  stage.open();
  BOOST_TEST(!stage.all_answered());  // the same liars, one more than f: liveness objects
  BOOST_TEST(stage.violation() == "");
}

// Fifteen clients, each with one request under way, which it tells all of these replicas at once: how many requests
// replica 1 executes in so long.
static std::uint64_t served_in(Stage& stage, const Ids& told, std::uint64_t ms) {
  std::uint64_t served = 0;
  for (const std::uint64_t end = stage.now_ms() + ms; stage.now_ms() < end;) {
    const std::uint64_t number = stage.now_ms();  // rises
    const auto all_are = [&] {
      for (std::uint32_t client = 1; client < 16; ++client) {
        if (!stage.has_executed(1, ClientId(client), number)) return false;
      }
      return true;
    };
    for (std::uint32_t client = 1; client < 16; ++client) {
      const RequestPtr request = stage.reserve_request(client, number, number * 16 + client);
      for (const std::uint32_t id : told) stage.send_request(request, ReplicaId(id));
    }
    if (!stage.run_until(all_are, ms)) break;
    served += 15;
  }
  return served;
}

// The primary holds each proposal for 45 % of the time-out, so that not even who waits for two of them is late.
static const std::string kDawdles = "slow:delay_ms=900,from=200";

BOOST_AUTO_TEST_CASE(hazard_04_slow_primary_just_under_the_timeout) {
  Stage stage(group_of(4, {{0, kDawdles}}));
  stage.open();
  const Ids all{0, 1, 2, 3};
  const std::uint64_t before = served_in(stage, all, 2'000);
  while (stage.status(1).executed.value < 200) served_in(stage, all, 100);
  BOOST_TEST(stage.highest_view() == 0u);
  served_in(stage, all, 6'000);
  BOOST_TEST(stage.highest_view() == 1u);
  BOOST_TEST(served_in(stage, all, 2'000) >= before / 2);
  BOOST_TEST(stage.accused().empty());  // slowness is no evidence
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_04_bites_when_too_few_replicas_know_who_waits) {
  Stage stage(group_of(4, {{0, kDawdles}}));
  stage.open();
  const Ids too_few{0, 3};
  const std::uint64_t before = served_in(stage, too_few, 2'000);
  while (stage.status(1).executed.value < 200) served_in(stage, too_few, 100);
  served_in(stage, too_few, 20'000);
  BOOST_TEST(stage.status(1).view.value == 0u);  // one monitor moves nobody, and no timer runs out
  BOOST_TEST(served_in(stage, too_few, 2'000) < before / 10);
}

// The primary behaves as if client 2 did not exist, and serves everybody else.
static bool censored_client_is_served(Stage& stage, const std::vector<std::uint32_t>& told) {
  stage.rule([](ReplicaId, ReplicaId to, const Message& message) {
    const RequestPtr request = message.passed_on();
    return to != ReplicaId(0) || request == nullptr || request->client != ClientId(2);
  });
  stage.open(64);
  for (const std::uint32_t id : told) stage.send_request(stage.reserve_request(2, 1, 202), ReplicaId(id));
  for (std::uint32_t i = 0; i < 40 && !stage.has_executed(1, ClientId(2), 1); ++i) {
    stage.reserve(1, 300 + i);  // others make progress all the while
    stage.answered();
    stage.run_for(200);
  }
  return stage.has_executed(1, ClientId(2), 1);
}

BOOST_AUTO_TEST_CASE(hazard_05_censoring_primary) {
  Stage stage(group_of(4, {{0, kPuppet}}));
  BOOST_TEST(censored_client_is_served(stage, {1, 2, 3}));
  BOOST_TEST(stage.highest_view() >= 1u);
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_05_bites_when_too_few_replicas_run_a_timer) {
  Stage stage(group_of(4, {{0, kPuppet}}));
  BOOST_TEST(!censored_client_is_served(stage, {3}));  // one timer moves nobody: the client is starved
  BOOST_TEST(stage.status(1).view.value == 0u);
  BOOST_TEST(stage.status(1).executed.value > 10u);
}

BOOST_AUTO_TEST_CASE(hazard_06_forged_booking) {
  Stage stage(group_of(4, {{0, "forge:from=2"}}));
  sell_out(stage);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.forged_execution() == "");
  BOOST_TEST(stage.everybody_accuses(0, "forged_request"));
  BOOST_TEST(stage.rejected_anywhere(RejectReason::bad_nested_signature) > 0u);
  BOOST_TEST(stage.highest_view() == 1u);
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_06_bites_when_client_signatures_are_not_checked) {
  EngineRig rig(1);
  Request forged = *rig.request(1, 1);
  forged.signature = Signature{};
  const BatchPtr batch =
      make_batch(AgreedTime(EngineRig::kNowUs), {std::make_shared<const Request>(std::move(forged))});
  step_unchecked(rig, rig.pre_prepare(0, 1, batch));
  step_unchecked(rig, rig.prepare(2, 0, 1, batch->digest));
  for (const std::uint32_t id : {0u, 2u, 3u}) step_unchecked(rig, rig.commit(id, 0, 1, batch->digest));
  BOOST_REQUIRE(rig.executed.size() == 1u);
  const Request& executed = *rig.executed[0].batch->requests[0];
  BOOST_TEST(!rig.crypto().holds({request_statement(rig.config.cluster, executed), executed.signature}));
}

BOOST_AUTO_TEST_SUITE_END()

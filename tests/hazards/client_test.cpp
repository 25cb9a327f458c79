// Clients: their mistakes, and lies told to them (rows 35 to 38).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(clients)

BOOST_AUTO_TEST_CASE(hazard_35_client_skips_to_the_last_number) {
  Stage stage(group_of(4));
  stage.open(4);
  const auto send_to_all = [&](std::uint64_t number, booking::BookingNumber booking) {
    const RequestPtr request = stage.reserve_request(5, number, booking);
    for (std::uint32_t id = 0; id < 4; ++id) stage.send_request(request, ReplicaId(id));
    stage.run_for(1000);
  };
  for (const std::uint64_t n : {std::uint64_t{1'000'000}, ~std::uint64_t{0}}) {
    send_to_all(n, 500 + n % 10);
    BOOST_TEST(stage.has_executed(1, ClientId(5), n));
  }
  // It harms itself alone: its lower numbers are spent for good, in every replica alike.
  const std::uint64_t slots = stage.status(1).executed.value;
  send_to_all(7, 999);
  BOOST_TEST(stage.status(1).executed.value == slots);
  BOOST_TEST(!stage.has_executed(1, ClientId(5), 7));
  stage.reserve(6, 106);
  BOOST_TEST(stage.answered());
  for (std::uint32_t id = 0; id < 4; ++id) stage.crash(id);
  for (std::uint32_t id = 0; id < 4; ++id) stage.restart(id);
  send_to_all(8, 998);
  BOOST_TEST(!stage.has_executed(1, ClientId(5), 8));
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_36_f_replicas_lie_in_replies) {
  Stage stage(group_of(7, {{0, "lie-to-clients"}, {3, "lie-to-clients"}}));
  stage.open(3);
  std::vector<std::size_t> calls;
  for (std::uint32_t client = 1; client <= 5; ++client) {
    calls.push_back(stage.reserve(client, 100 + client));
    BOOST_TEST(stage.answered());
  }
  std::size_t lies = 0, accepted = 0;
  for (const std::size_t index : calls) {
    const auto& call = stage.call(index);
    accepted += call.result->accepted;
    for (const auto& [replica, reply] : call.replies) {
      if (stage.is_byzantine(replica.value)) {
        lies += reply.sequence != call.sequence || booking::decode_result(reply.results[0]) != call.result;
      } else {
        BOOST_TEST((booking::decode_result(reply.results[0]) == call.result));
      }
    }
  }
  BOOST_TEST(accepted == 3u);
  BOOST_TEST(lies > 0u);  // it bites: who believes one reply is lied to
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.heals_and_converges());
}

// A client that tells the primary other requests than the backups, far more than its window holds: each replica has
// numbers waiting that the others know nothing of, and that are spent before the primary takes them.
BOOST_AUTO_TEST_CASE(hazard_37_flood_of_well_signed_requests) {
  Stage stage(group_of(4));
  stage.open(64);
  std::uint64_t number = 0;
  booking::BookingNumber booking = 0;
  for (int i = 0; i < 1000; ++i) {  // ten seconds: five time-outs
    for (std::uint32_t id = 0; id < 4; ++id) {
      for (int k = 0; k < 40; ++k) stage.send_request(stage.reserve_request(9, ++number, 5000), ReplicaId(id));
    }
    if (i % 10 == 0) stage.reserve(1 + i / 10 % 8, 100 + ++booking);
    stage.run_for(10);
  }
  BOOST_TEST(stage.answered(1000));
  BOOST_TEST(stage.rejected_anywhere(RejectReason::client_window_full) > 1000u);  // it is a flood
  BOOST_TEST(stage.highest_view() == 0u);                                         // of which no primary is guilty
  BOOST_TEST(stage.heals_and_converges());
}

// One that tells two backups a number far above all that it tells the primary, whose window it fills whenever they
// might relay it.
BOOST_AUTO_TEST_CASE(hazard_37_request_that_the_primary_is_kept_from) {
  Stage stage(group_of(4));
  stage.open(64);
  std::uint64_t told = 0;
  const std::uint64_t before = stage.replica(0).counters().requests;
  const auto fill_for = [&](int ms) {
    for (int i = 0; i < ms; ++i) {
      const std::uint64_t executed = stage.replica(0).counters().requests - before;
      const std::uint64_t refused = stage.rejected_anywhere(RejectReason::client_window_full);
      while (told < executed + refused + kSessionWindow + 200) {  // some are still on their way
        stage.send_request(stage.reserve_request(9, ++told, 5000), ReplicaId(0));
      }
      stage.run_for(1);
    }
  };
  fill_for(20);
  const RequestPtr kept = stage.reserve_request(9, 1'000'000'000, 5000);
  for (const std::uint32_t backup : {2u, 3u}) stage.send_request(kept, ReplicaId(backup));
  for (int quarter = 0; quarter < 4; ++quarter) {
    fill_for(20);
    stage.run_for(460);
    fill_for(20);
  }
  stage.run_for(500);
  BOOST_TEST(stage.highest_view() == 0u);
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_37_flood_of_badly_signed_requests) {
  Stage stage(group_of(4));
  stage.open(64);
  for (int i = 0; i < 200; ++i) {
    for (std::uint64_t k = 0; k < 40; ++k) {
      Request request = *stage.reserve_request(9, i * 40 + k, 5000);
      request.signature.bytes[k % Signature::kSize] ^= 1;
      for (std::uint32_t id = 0; id < 4; ++id) {
        stage.send_request(std::make_shared<const Request>(request), ReplicaId(id));
      }
    }
    if (i % 10 == 0) stage.reserve(1 + i / 10 % 8, 100 + i);
    stage.run_for(10);
  }
  BOOST_TEST(stage.answered(1000));
  BOOST_TEST(stage.rejected_anywhere(RejectReason::bad_signature) == 200u * 40 * 4);
  BOOST_TEST(stage.highest_view() == 0u);
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_38_last_suite_raced_through_different_replicas) {
  Stage stage(group_of(4));
  stage.open(1);
  std::vector<RequestPtr> race;
  for (std::uint32_t client = 1; client <= 15; ++client) {
    race.push_back(stage.reserve_request(client, 1, 100 + client));
    stage.send_request(race.back(), ReplicaId(client % 4));
  }
  stage.run_for(3000);
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.heals_and_converges());
  // Linearizable: by the order of slots the first one wins, and everybody after it is told so.
  std::size_t ran = 0, won = 0;
  booking::BookingMachine machine;
  for (const auto& slot : stage.archive(2)) {
    if (slot.batch == nullptr) continue;
    for (const RequestPtr& request : slot.batch->requests) {
      const auto result = booking::decode_result(stage.apply(machine, *request, slot.batch->time)).value();
      const bool in_race = std::ranges::any_of(race, [&](const RequestPtr& r) { return *r == *request; });
      if (!in_race) continue;
      ++ran;
      won += result.accepted;
      BOOST_TEST(result.accepted == (ran == 1));
    }
  }
  BOOST_TEST(ran == 15u);
  BOOST_TEST(won == 1u);
}

BOOST_AUTO_TEST_CASE(hazard_38_bites_when_the_replicas_of_each_side_are_a_quorum) {
  Stage stage(group_of(4, {}, 2));
  stage.open(1);
  stage.split({{0, 1}, {2, 3}});
  for (std::uint32_t client = 1; client <= 16; ++client) {
    const RequestPtr request = stage.reserve_request(client, 1, 100 + client);
    for (const std::uint32_t id : {client % 4, (client % 4) ^ 1}) stage.send_request(request, ReplicaId(id));
  }
  stage.run_for(15'000);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

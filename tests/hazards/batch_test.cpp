// Batches that no honest primary proposes (rows 7 to 9).
#include <boost/test/unit_test.hpp>

#include "net/codec.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(batches)

// A booking is made and cancelled; then the primary proposes the old request again, well signed as it is.
static RequestPtr replay_a_cancelled_reservation(Stage& stage) {
  stage.open();
  const std::size_t first = stage.reserve(1, 101);
  stage.answered();
  stage.submit(1, booking::Cancel{101});
  stage.answered();
  const RequestPtr old = stage.call(first).request;
  stage.say_to_all(0, stage.pre_prepare(0, 0, 4, stage.batch({old})));
  stage.run_for(500);
  return old;
}

BOOST_AUTO_TEST_CASE(hazard_07_request_replayed_in_a_later_batch) {
  Stage stage(group_of(4, {{0, "silent:from=4"}}));
  const RequestPtr old = replay_a_cancelled_reservation(stage);
  const std::size_t show = stage.submit(1, booking::Show{std::nullopt, std::nullopt, 101});
  BOOST_TEST(stage.answered());
  BOOST_TEST(!stage.call(show).result->accepted);  // still cancelled: the old request did not execute again
  BOOST_TEST(stage.heals_and_converges());

  // It bites: the replayed request really was decided, and a service without sessions books it again.
  booking::BookingMachine without_sessions;
  std::size_t decided = 0;
  for (const auto& slot : stage.archive(1)) {
    if (slot.batch == nullptr) continue;
    for (const RequestPtr& request : slot.batch->requests) {
      decided += *request == *old;
      stage.apply(without_sessions, *request, slot.batch->time);
    }
  }
  BOOST_TEST(decided == 2u);
  const auto occupied = without_sessions.occupied();
  BOOST_TEST(std::ranges::count(occupied, 101u, &booking::BookingMachine::Occupied::booking) == 1);
}

// An hour back: a hold that has expired would live again.
static void backdate(Stage& stage) {
  stage.open();
  const BatchPtr backdated = make_batch(AgreedTime(Stage::kEpochUs - 3'600'000'000), {stage.reserve_request(1, 1, 1)});
  stage.say_to_all(0, stage.pre_prepare(0, 0, 2, backdated));
  stage.run_for(500);
}

BOOST_AUTO_TEST_CASE(hazard_08_backdated_time) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  backdate(stage);
  BOOST_TEST(stage.rejected_anywhere(RejectReason::time_skew) == 3u);
  BOOST_TEST(stage.wire_of<pbft::Prepare>().size() == 3u);  // of slot 1; nobody prepares slot 2
  stage.reserve(2, 102);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.highest_view() >= 1u);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.time_running_back() == "");
}

BOOST_AUTO_TEST_CASE(hazard_08_bites_when_no_prepare_is_needed) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}, 1));
  backdate(stage);
  BOOST_TEST(stage.time_running_back().find("from the past") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hazard_09_oversized_malformed_and_empty_batches) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  stage.open();
  std::vector<RequestPtr> many;
  for (std::uint64_t i = 1; i <= 17; ++i) many.push_back(stage.reserve_request(3, i, 700 + i));
  const RequestPtr once = stage.reserve_request(4, 1, 800);
  stage.say(0, 1, stage.pre_prepare(0, 0, 2, stage.batch(many)));
  stage.say(0, 2, stage.pre_prepare(0, 0, 2, make_batch(AgreedTime(Stage::kEpochUs), {})));
  stage.say(0, 3, stage.pre_prepare(0, 0, 2, stage.batch({once, once})));
  const SignedStatement null = stage.sign(StatementKind::pre_prepare, 0, 0, 3, kNullDigest);
  stage.say(0, 3, std::make_shared<pbft::PrePrepare>(null, nullptr));
  const SignedStatement mismatch = stage.sign(StatementKind::pre_prepare, 0, 0, 4, hash("another", {}));
  stage.say(0, 3, std::make_shared<pbft::PrePrepare>(mismatch, stage.batch({once})));
  stage.run_for(50);
  BOOST_TEST(stage.rejected(1, RejectReason::oversized) == 1u);
  BOOST_TEST(stage.rejected(2, RejectReason::empty_batch) == 1u);
  BOOST_TEST(stage.rejected(3, RejectReason::duplicate_request) == 1u);
  BOOST_TEST(stage.rejected(3, RejectReason::empty_batch) == 1u);
  BOOST_TEST(stage.rejected(3, RejectReason::digest_mismatch) == 1u);
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
}

// Malformed bytes never become a message: the wire's decoder refuses them by name.
BOOST_AUTO_TEST_CASE(hazard_09_malformed_bytes_are_refused_at_the_wire) {
  Stage stage(group_of(4));
  const MessagePtr honest = stage.pre_prepare(0, 0, 1, stage.batch({stage.reserve_request(1, 1, 1)}));
  const Bytes frame = encode_frame(dynamic_cast<const pbft::PbftMessage&>(*honest));
  BOOST_REQUIRE(decode_pbft_frame(frame).has_value());
  for (std::size_t length = 0; length < frame.size(); length += 7) {
    const auto cut = decode_pbft_frame(ByteView(frame).first(length));
    // Whoever cuts off the last padding says the same thing.
    BOOST_TEST((cut ? encode_frame(**cut) == frame : cut.error() == RejectReason::malformed));
  }
  const Bytes& encoded = dynamic_cast<const pbft::PrePrepare&>(*honest).batch->encoded;
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    BOOST_TEST(decode_batch(ByteView(encoded).first(length)) == nullptr);
  }
  Bytes longer = encoded;
  longer.push_back(0);
  BOOST_TEST(decode_batch(longer) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

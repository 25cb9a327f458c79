// Donors of state that lie, are old, or say nothing (row 17).
#include <boost/test/unit_test.hpp>

#include "replica/leaf_keys.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(transfer)

// Replica `away` misses several log windows and comes back; more than peers give at once from their archives.
static void miss_a_window(Stage& stage, std::uint32_t away) {
  stage.open(250);
  stage.crash(away);
  for (std::uint32_t i = 0; i < 150; ++i) {
    stage.reserve(1 + i % 16, 100 + i);
    BOOST_REQUIRE(stage.answered());
  }
  stage.restart(away);
}

// Of its archive, once that has the slot of one more booking.
static SequenceNumber first_slot(Stage& stage, std::uint32_t id) {
  const std::size_t before = stage.archive(id).size();
  stage.reserve(1, 900 + id);
  BOOST_REQUIRE(stage.run_until([&] { return stage.archive(id).size() > before; }, 10'000));
  return stage.archive(id).front().commits.statement.sequence;
}

BOOST_AUTO_TEST_CASE(a_window_missed_is_fetched_and_not_executed) {
  Stage stage(group_of(4));
  miss_a_window(stage, 3);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(first_slot(stage, 3).value > 32u);
  BOOST_TEST(first_slot(stage, 0).value == 1u);
}

BOOST_AUTO_TEST_CASE(hazard_17_a_lying_donor_is_found_out) {
  std::uint64_t found_out = 0;
  for (const std::uint32_t liar : {0u, 1u, 2u}) {
    Stage stage(group_of(4, {{liar, "bad-transfer"}}));
    miss_a_window(stage, 3);
    BOOST_TEST(stage.heals_and_converges());
    BOOST_TEST(first_slot(stage, 3).value > 32u);
    BOOST_TEST(stage.accused().empty());  // nothing of a transfer is signed: nobody is accused, and nobody is harmed
    found_out += stage.rejected(3, RejectReason::bad_chunk);
  }
  BOOST_TEST(found_out > 0u);  // not each of them is asked for what it lies about
}

// With the honest donors out of reach there is nobody to fetch from, and nothing false is taken instead.
BOOST_AUTO_TEST_CASE(hazard_17_bites_with_liars_alone) {
  Stage stage(group_of(4, {{1, "bad-transfer"}}));
  stage.rule([](ReplicaId from, ReplicaId to, const Message& m) {
    const bool is_transfer = m.name() == "state-request" || m.name() == "state-answer";
    return m.name() != "decided-slot" && (!is_transfer || from == ReplicaId(1) || to == ReplicaId(1));
  });
  miss_a_window(stage, 3);
  stage.run_for(20'000);
  BOOST_TEST(stage.rejected(3, RejectReason::bad_chunk) > 0u);
  BOOST_TEST(stage.status(3).executed.value < stage.status(0).executed.value);
  stage.reunite();
  BOOST_TEST(stage.heals_and_converges());
}

// Takes a booking out of what the store holds of the last checkpoint, with a root that fits.
static void forget_a_booking(Store& store) {
  StateTree tree;
  std::vector<Record> records;
  BOOST_REQUIRE(store.scan(Table::leaves, {}, [&](ByteView stored, ByteView value) {
    const ByteView key = leaf_key(stored);
    const bool is_booking = key.size() > 2 && key[0] == 'b' && key[1] == 'b';
    if (is_booking && records.empty()) {
      records.push_back({Table::leaves, Bytes(stored.begin(), stored.end()), std::nullopt});
    } else {
      tree.put(key, value);
    }
    return true;
  }));
  BOOST_REQUIRE(!records.empty());
  const Digest root = tree.root();
  const auto last = store.last_key(Table::roots);
  BOOST_REQUIRE((last && *last));
  records.push_back({Table::roots, **last, Bytes(root.bytes.begin(), root.bytes.end())});
  BOOST_REQUIRE(store.commit(records));
}

// Its own root differs from a certified one: it neither votes nor answers, takes the certified state, and goes on.
BOOST_AUTO_TEST_CASE(a_replica_whose_state_is_wrong_mends_it) {
  Stage stage(group_of(4));
  stage.open(64);
  for (std::uint32_t i = 0; i < 12; ++i) {
    stage.reserve(1 + i, 100 + i);
    BOOST_REQUIRE(stage.answered());
  }
  BOOST_REQUIRE(stage.converges());
  forget_a_booking(stage.store(3));
  stage.crash(3);
  stage.restart(3);
  bool was_quarantined = false;
  for (std::uint32_t i = 12; i < 40; ++i) {
    stage.reserve(1 + i % 16, 100 + i);
    BOOST_REQUIRE(stage.run_until(
        [&] {
          was_quarantined = was_quarantined || stage.status(3).quarantined;
          return stage.all_answered();
        },
        60'000));
  }
  BOOST_TEST(was_quarantined);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(!stage.status(3).quarantined);
  BOOST_TEST(stage.convicted_by_transcript().empty());

  // It votes again: without another replica the group goes on.
  stage.crash(0);
  stage.reserve(1, 999);
  BOOST_TEST(stage.answered());
}

// In mid transfer (row 27): it dies at each of its first transactions after the return, and loses nothing by it.
BOOST_AUTO_TEST_CASE(hazard_27_crash_in_mid_transfer) {
  for (std::uint64_t k = 0; k < 12; ++k) {
    Stage stage(group_of(4));
    miss_a_window(stage, 3);
    stage.crash_at_commit(3, k);
    stage.run_for(3'000);
    if (!stage.is_up(3)) stage.restart(3);
    BOOST_TEST(stage.heals_and_converges());
    BOOST_TEST(stage.convicted_by_transcript().empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

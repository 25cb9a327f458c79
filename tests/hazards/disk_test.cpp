// A damaged disk (row 24): a flipped bit in any stored value, and any record that vanished, is found at the start. The
// replica stays away, or comes back without what it need not remember; it never votes as if nothing were amiss.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "store/content_check.hpp"
#include "store/layout.hpp"
#include "store/store.hpp"
#include "tests/hazards/raft_stage.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(damaged_disk)

constexpr std::uint32_t kVictim = 1;

// Enough slots for a checkpoint and some beyond.
template <class AnyStage>
static void work(AnyStage& stage) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    stage.reserve(1 + i % 4, 100 + i);
    BOOST_REQUIRE(stage.answered());
  }
}

static bool starts(sim::Cluster& world) {
  if (world.is_up(kVictim)) world.crash(kVictim);
  return world.try_restart(kVictim);
}

// Each stored value in turn, at three bytes of it, and each record gone. Returns how many starts were repaired.
static std::size_t harm_each(sim::Cluster& world) {
  std::size_t repaired = 0;
  world.crash(kVictim);
  const MemoryDisk sound = world.disk(kVictim);
  for (std::size_t k = 0; k < sound.size(); ++k) {
    const auto [table, key] = sound.key_at(k).value();
    for (const std::size_t byte : {std::size_t{0}, std::size_t{15}, std::size_t{17}, SIZE_MAX}) {
      world.disk(kVictim) = sound;
      if (byte == SIZE_MAX) world.disk(kVictim).lose(table, key);
      else if (!world.disk(kVictim).damage(table, key, byte, 0x08)) continue;
      if (!starts(world)) continue;
      ++repaired;
      BOOST_TEST((table == Table::archive));
      BOOST_TEST(check_content(world.disk(kVictim)).value().sound());
    }
  }
  world.disk(kVictim) = sound;
  return repaired;
}

BOOST_AUTO_TEST_CASE(hazard_24_any_damaged_value_or_lost_record_is_found) {
  Stage stage(group_of(4));
  stage.open(64);
  work(stage);
  BOOST_TEST(harm_each(stage) > 0u);
  BOOST_TEST(starts(stage));  // the disk as it was
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.convicted_by_transcript().empty());
  BOOST_TEST(stage.accused().empty());
}

BOOST_AUTO_TEST_CASE(hazard_24_raft_any_damaged_value_or_lost_record_is_found) {
  RaftStage stage;
  stage.open();
  work(stage);
  harm_each(stage.world);
  BOOST_TEST(starts(stage.world));
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.oracles.violated_properties().empty());
}

// A replica whose archive lost old slots takes part again, and does not contradict itself.
BOOST_AUTO_TEST_CASE(hazard_24_a_repaired_replica_takes_part_again) {
  Stage stage(group_of(4));
  stage.open(64);
  work(stage);
  stage.crash(kVictim);
  BOOST_REQUIRE(stage.disk(kVictim).damage(Table::archive, sequence_key(SequenceNumber(1)), 20, 1));
  BOOST_REQUIRE(stage.try_restart(kVictim));
  BOOST_TEST(stage.archive(kVictim).front().commits.statement.sequence.value == 2u);
  stage.crash(3);  // now it is needed
  stage.reserve(1, 900);
  BOOST_TEST(stage.answered());
  stage.restart(3);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.convicted_by_transcript().empty());
  BOOST_TEST(stage.accused().empty());
}

// The same loss in a store whose head does not tell of it: the replica starts, and convicts itself.
BOOST_AUTO_TEST_CASE(hazard_24_bites_when_a_lost_record_is_not_missed) {
  Stage stage(group_of(4));
  stage.open();
  stage.crash(0);
  {
    Store store = Store::open_any(stage.disk(0)).value();
    std::vector<Record> gone;
    for (const Table table : {Table::journal, Table::archive}) {
      BOOST_REQUIRE(store.scan_keys(table, [&](ByteView key) {
        gone.push_back({table, Bytes(key.begin(), key.end()), std::nullopt});
        return true;
      }));
    }
    BOOST_REQUIRE(store.commit(gone).has_value());
  }
  BOOST_REQUIRE(stage.try_restart(0));
  stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(0));
  stage.run_for(100);
  const Ids forgetful{0};
  BOOST_TEST(stage.convicted_by_transcript() == forgetful, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

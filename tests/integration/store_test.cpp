// Damaged stores, and stores as files: real processes, real LMDB.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "replication/engine.hpp"
#include "store/lmdb_check.hpp"
#include "tests/integration/expectations.hpp"
#include "tests/support/scratch.hpp"

namespace {

using namespace breakwater::testing;
namespace fs = std::filesystem;

fs::path data_file(const HarborRig& rig, int id) { return rig.replica_dir(id) / "store" / "data.mdb"; }

// Runs long enough for several checkpoints, then stops.
void work_and_stop(const HarborRig& rig, int seed, int commands = 300) {
  rig.start();
  expect_all_answered(rig.run({"replay", rig.trace(seed, commands).string(), "--desks", "4", "--json"}), commands);
  expect_agreement(rig);
  rig.stop();
}

Finished check(const HarborRig& rig, int id) {
  return rig.run({"store", "check", "--replica", std::to_string(id), "--json"});
}

void flip(const fs::path& file, std::size_t offset) {
  breakwater::Bytes content = content_of_file(file);
  content[offset] ^= 0x01;
  write_to_file(file, content);
}

// Where the value of `key` lies in the store's file, its checksum aside; found by its bytes. The same bytes may lie
// elsewhere, and that far before the checksum of this value: then the archive would not be complete either.
std::size_t place_of(const breakwater::Bytes& file, const breakwater::Bytes& key) {
  // The newest copy is the one that the check complains of; older ones lie in free pages.
  for (auto at = file.begin();; ++at) {
    at = std::search(at, file.end(), key.begin(), key.end());
    BOOST_REQUIRE((at != file.end()));
    const auto offset = static_cast<std::size_t>(at - file.begin()) + key.size() + 24;
    breakwater::Bytes flipped = file;
    flipped[offset] ^= 0x01;
    const breakwater::FileCheck found = breakwater::check_file(flipped);
    const breakwater::TableCheck& archive = found.content.of(breakwater::Table::archive);
    if (!found.fault && archive.complete && archive.damaged_keys == std::vector<breakwater::Bytes>{key}) return offset;
  }
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(stores)

BOOST_AUTO_TEST_CASE(a_sound_store_is_said_to_be_and_a_running_one_is_left_alone) {
  const HarborRig rig;
  rig.start();
  const Finished running = check(rig, 1);
  BOOST_TEST(running.exit_code == 2);
  BOOST_TEST(mentions(running.err, "replica 1 runs; stop it first"), running.err);
  rig.stop();
  work_and_stop(rig, 61);
  for (int id = 0; id < HarborRig::kReplicas; ++id) {
    const Finished checked = check(rig, id);
    BOOST_TEST(checked.exit_code == 0, checked);
    const Json json = checked.json();
    BOOST_TEST(json["sound"] == true);
    BOOST_TEST(json["contents"]["first_slot"] == 1);
    BOOST_TEST(json["contents"]["checkpoint"].get<int>() >= HarborRig::kCheckpointInterval);
    BOOST_TEST(json["contents"]["certificates_invalid"] == 0);
    BOOST_TEST(json["tables"].size() == breakwater::kTableCount);
  }
  BOOST_TEST(rig.run({"store", "check", "--replica", "9"}).exit_code == 2);
  BOOST_TEST(rig.run({"store"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_replica_does_not_start_on_a_damaged_store) {
  const HarborRig rig;
  work_and_stop(rig, 62);
  // A bit of the newer meta page's transaction number: LMDB by itself would go on from the transaction before.
  const breakwater::Bytes file = content_of_file(data_file(rig, 1));
  const std::uint64_t transaction = breakwater::check_file(file).transaction;
  flip(data_file(rig, 1), transaction % 2 * 4096 + 16 + 24 + 96 + 8);
  const Finished checked = check(rig, 1);
  BOOST_TEST(checked.exit_code == 1, checked);
  BOOST_TEST(checked.json()["sound"] == false);
  const Finished refused = rig.run({"replica", "--id", "1"});
  BOOST_TEST(refused.exit_code == 2);
  BOOST_TEST(mentions(refused.err, "is damaged: the meta pages"), refused.err);
  BOOST_TEST(mentions(refused.err, "must not vote"), refused.err);
  // The others are enough.
  BOOST_TEST(rig.run({"start", "--detach"}).exit_code == 2);  // it says which one fell
  expect_all_answered(rig.run({"replay", rig.trace(63, 50).string(), "--desks", "4", "--json"}), 50);
}

BOOST_AUTO_TEST_CASE(old_archived_slots_are_given_up_and_the_replica_goes_on) {
  const HarborRig rig;
  work_and_stop(rig, 64);
  const breakwater::Bytes key = breakwater::Writer().ordered_u64(3).take();
  flip(data_file(rig, 1), place_of(content_of_file(data_file(rig, 1)), key));
  BOOST_TEST(check(rig, 1).exit_code == 1);
  rig.start();
  BOOST_TEST(mentions(read_file(rig.replica_dir(1) / "log"), "slots 1 to 3 were dropped from its archive"));
  expect_all_answered(rig.run({"replay", rig.trace(65, 100).string(), "--desks", "4", "--json"}), 100);
  expect_agreement(rig);
  rig.stop();
  const Json json = check(rig, 1).json();
  BOOST_TEST(json["sound"] == true);
  BOOST_TEST(json["contents"]["first_slot"] == 4);
}

BOOST_AUTO_TEST_CASE(a_group_comes_back_from_one_exported_checkpoint) {
  const HarborRig rig;
  work_and_stop(rig, 66);
  const std::string file = rig.beside("checkpoint.bwc").string();
  const Json exported = rig.ask({"store", "export", file, "--replica", "2"});
  BOOST_TEST(exported["certified"] == true);
  const std::uint64_t sequence = exported["sequence"];
  BOOST_TEST(rig.run({"store", "export", file, "--replica", "2"}).exit_code == 2);  // never overwritten
  BOOST_TEST(rig.ask({"store", "verify", file})["root"] == exported["root"]);
  BOOST_TEST(rig.run({"store", "import", file, "--replica", "0"}).exit_code == 2);  // there is a store

  // Another harbor has no reason to believe it; nor this one, when it is damaged.
  const HarborRig stranger;
  const Finished foreign = stranger.run({"store", "import", file, "--replica", "0"});
  BOOST_TEST(foreign.exit_code == 2);
  BOOST_TEST(mentions(foreign.err, "it is of cluster"), foreign.err);
  BOOST_TEST(!fs::exists(data_file(stranger, 0)));
  const std::string damaged = rig.beside("damaged.bwc").string();
  fs::copy_file(file, damaged);
  flip(damaged, 200);
  BOOST_TEST(mentions(rig.run({"store", "verify", damaged}).err, "its checksum does not hold"));

  for (int id = 0; id < HarborRig::kReplicas; ++id) {
    fs::remove_all(rig.replica_dir(id) / "store");
    BOOST_TEST(rig.run({"store", "import", file, "--replica", std::to_string(id)}).exit_code == 0);
    BOOST_TEST(check(rig, id).exit_code == 0);
  }
  rig.start();
  BOOST_TEST(highest_executed(rig.status()) >= sequence);
  BOOST_TEST(
      rig.run({"book", "--as", "operator", "open", "--voyage", "AFTER", "--class", "C", "--suites", "2"}).exit_code ==
      0);
  BOOST_TEST(rig.run({"book", "reserve", "--voyage", "AFTER", "--class", "C", "--booking", "77001"}).exit_code == 0);
  expect_agreement(rig);
  rig.stop();
  // Once it has joined, the store remembers like any other.
  rig.start();
  BOOST_TEST(rig.run({"book", "reserve", "--voyage", "AFTER", "--class", "C", "--booking", "77002"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(an_import_is_no_way_back_for_who_lost_its_store) {
  const HarborRig rig;
  work_and_stop(rig, 67);
  const std::string file = rig.beside("checkpoint.bwc").string();
  BOOST_TEST(rig.run({"store", "export", file, "--replica", "1"}).exit_code == 0);
  work_and_stop(rig, 68, 200);  // the group goes on
  fs::remove_all(rig.replica_dir(1) / "store");
  BOOST_TEST(rig.run({"store", "import", file, "--replica", "1"}).exit_code == 0);
  static_cast<void>(rig.run({"start", "--detach"}));
  BOOST_TEST(
      wait_until([&] { return mentions(read_file(rig.replica_dir(1) / "log"), "but the group has more history"); }));
}

BOOST_AUTO_TEST_SUITE_END()

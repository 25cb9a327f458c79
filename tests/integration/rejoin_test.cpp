// A replica that lost its disk comes back; a healthy one changes its keys; a store that is an old copy is found.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;
namespace fs = std::filesystem;

bool one_line(const std::string& text) { return std::ranges::count(text, '\n') == 1; }

Json rejoined(const Finished& finished) {
  BOOST_REQUIRE_MESSAGE(finished.exit_code == 0, finished);
  Json outcome = finished.json();
  BOOST_TEST(outcome["votes"] == true);
  BOOST_TEST(outcome["effective_from"].get<std::uint64_t>() >=
             outcome["readmitted_at"].get<std::uint64_t>() + 4 * HarborRig::kCheckpointInterval);
  return outcome;
}

void expect_nobody_accused(const HarborRig& rig) {
  const Json audit = rig.ask({"audit"});
  BOOST_TEST(audit["verdict"] == "safe");
  BOOST_TEST(audit["accused"].empty());
  BOOST_TEST(audit["certificates"]["invalid"] == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rejoin)

BOOST_AUTO_TEST_CASE(a_lost_disk) {
  constexpr int kCommands = 800;
  const HarborRig rig;
  rig.start();
  Process replay = rig.begin({"replay", rig.trace(7, kCommands).string(), "--desks", "3", "--json"});
  BOOST_REQUIRE(wait_until([&] { return highest_executed(rig.status()) >= 20; }));
  rig.kill_replica(2);
  fs::remove_all(rig.replica_dir(2) / "store");

  // It refuses to start, and says how to mend it.
  const Finished refused = rig.run({"replica", "--id", "2"});
  BOOST_TEST(refused.exit_code == 2);
  BOOST_TEST(refused.err.find("is empty but the group has history") != std::string::npos, refused);
  BOOST_TEST(refused.err.find("breakwater rejoin --id 2") != std::string::npos, refused);
  const Finished started = rig.run({"start", "--detach"});  // a quorum answers, and yet not all is well
  BOOST_TEST(started.exit_code == 2, started);
  BOOST_TEST(started.err.find("replica 2 ended") != std::string::npos, started);
  fs::remove(rig.replica_dir(2) / "key");

  const Json outcome = rejoined(rig.run({"rejoin", "--id", "2", "--json"}));
  BOOST_TEST(outcome["store"] == "empty");
  BOOST_TEST(outcome["incarnation"] == 1);
  expect_all_answered(replay.finish(), kCommands);

  // Without it there is no quorum now.
  rig.kill_replica(3);
  const Json booked = rig.ask({"book", "--as", "operator", "open", "--voyage", "V9", "--class", "Z", "--suites", "2"});
  BOOST_TEST(booked["outcome"] == "accepted");
  rig.start();
  expect_agreement(rig);
  expect_nobody_accused(rig);
}

BOOST_AUTO_TEST_CASE(keys_change_under_load_and_again) {
  constexpr int kCommands = 1200;
  const HarborRig rig;
  rig.start();
  Process replay = rig.begin({"replay", rig.trace(8, kCommands).string(), "--desks", "3", "--json"});
  BOOST_REQUIRE(wait_until([&] { return highest_executed(rig.status()) >= 20; }));
  for (const int incarnation : {1, 2}) {
    const Json outcome = rejoined(rig.run({"rejoin", "--id", "1", "--json"}));
    BOOST_TEST(outcome["store"] == "kept");
    BOOST_TEST(outcome["incarnation"] == incarnation);
  }
  expect_all_answered(replay.finish(), kCommands);
  rig.kill_replica(3);
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V9", "--class", "Z", "--suites", "2"});
  rig.start();
  // Keys come from the stores as well as from the file.
  rig.stop();
  rig.start();
  rig.ask({"book", "reserve", "--voyage", "V9", "--class", "Z", "--booking", "900077"});
  expect_agreement(rig);
  expect_nobody_accused(rig);
}

BOOST_AUTO_TEST_CASE(an_old_copy_of_a_store_is_found_and_readmitted) {
  const HarborRig rig;
  rig.start();
  const auto book = [&](int voyage) {
    rig.ask({"book", "--as", "operator", "open", "--voyage", "V" + std::to_string(voyage), "--class", "A", "--suites",
             "1"});
  };
  book(0);
  rig.stop();
  fs::copy(rig.replica_dir(2) / "store", rig.beside("copy"), fs::copy_options::recursive);
  rig.start();
  for (int i = 1; i <= 20; ++i) book(i);
  BOOST_REQUIRE(wait_until([&] { return executed(rig.status()["replicas"][2]) >= 21; }));
  rig.kill_replica(2);
  fs::remove_all(rig.replica_dir(2) / "store");
  fs::copy(rig.beside("copy"), rig.replica_dir(2) / "store", fs::copy_options::recursive);

  const Finished refused = rig.run({"replica", "--id", "2"});
  BOOST_TEST(refused.exit_code == 2);
  BOOST_TEST(refused.err.find("is an old copy") != std::string::npos, refused);
  BOOST_TEST(refused.err.find("breakwater rejoin --id 2") != std::string::npos, refused);
  const Json outcome = rejoined(rig.run({"rejoin", "--id", "2", "--json"}));
  BOOST_TEST(outcome["store"] == "empty");
  BOOST_TEST(fs::exists(rig.replica_dir(2) / "store.incarnation-0"));
  expect_agreement(rig);
  expect_nobody_accused(rig);
}

// Killed at any moment, and run again: it goes on where it was.
BOOST_AUTO_TEST_CASE(an_interrupted_rejoin_is_taken_up) {
  const HarborRig rig;
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V1", "--class", "A", "--suites", "5"});
  rig.kill_replica(2);
  fs::remove_all(rig.replica_dir(2) / "store");
  const auto interrupt_once = [&](const std::function<bool()>& moment) {
    Process run = rig.begin({"rejoin", "--id", "2", "--json"});
    BOOST_REQUIRE(wait_until([&] { return moment() || run.ended(); }));
    run.send_signal(SIGKILL);
    run.finish();
  };
  interrupt_once([&] { return fs::exists(rig.replica_dir(2) / "rejoin"); });
  interrupt_once([&] { return read_file(rig.cluster_file()).find("readmitted_at") != std::string::npos; });
  const Json outcome = rejoined(rig.run({"rejoin", "--id", "2", "--json"}));
  BOOST_TEST(outcome["incarnation"] == 1);
  BOOST_TEST(!fs::exists(rig.replica_dir(2) / "rejoin"));
  BOOST_TEST(!fs::exists(rig.replica_dir(2) / "key.next"));
  expect_agreement(rig);
  expect_nobody_accused(rig);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_said_in_a_line) {
  const HarborRig raft({"--engine", "raft"});
  const Finished unsupported = raft.run({"rejoin", "--id", "1"});
  BOOST_TEST(unsupported.exit_code == 2);
  BOOST_TEST(one_line(unsupported.err), unsupported);
  BOOST_TEST(unsupported.err.find("not supported in a raft group") != std::string::npos, unsupported);
  const HarborRig rig;
  const Finished stranger = rig.run({"rejoin", "--id", "7"});
  BOOST_TEST(stranger.exit_code == 2);
  BOOST_TEST(stranger.err.find("replicas 0 to 3") != std::string::npos, stranger);
  const Finished alone = rig.run({"rejoin", "--id", "1"});  // nobody runs
  BOOST_TEST(alone.exit_code == 2);
  BOOST_TEST(one_line(alone.err), alone);
  BOOST_TEST(alone.err.find("it takes 3 to readmit") != std::string::npos, alone);
  BOOST_TEST(!fs::exists(rig.replica_dir(1) / "rejoin"));
}

BOOST_AUTO_TEST_SUITE_END()

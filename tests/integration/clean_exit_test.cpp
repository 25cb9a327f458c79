// Starting twice, stopping, and what `status` says of it.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

constexpr auto kReplicas = static_cast<std::size_t>(HarborRig::kReplicas);

void expect_fields(const Json& json, const std::set<std::string>& names) {
  for (const std::string& name : names) BOOST_TEST(json.contains(name), name << " is missing in " << json.dump());
}

const std::set<std::string> kStatusFields = {"engine",         "n",       "f",        "quorum",
                                             "quorum_healthy", "cluster", "survives", "replicas"};
const std::set<std::string> kReplicaFields = {
    "id",           "up",       "role",      "view",     "chosen",   "executed", "stable_checkpoint",
    "state_digest", "suspects", "byzantine", "uptime_s", "rss_bytes"};

}  // namespace

BOOST_AUTO_TEST_SUITE(clean_exit)

BOOST_AUTO_TEST_CASE(a_second_start_starts_nothing) {
  const HarborRig rig;
  rig.start();
  std::vector<pid_t> before = rig.processes();
  BOOST_TEST(before.size() == kReplicas);
  rig.start();
  std::vector<pid_t> after = rig.processes();
  std::ranges::sort(before);
  std::ranges::sort(after);
  BOOST_TEST(before == after, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stop_leaves_nothing) {
  const HarborRig rig;
  rig.start();
  rig.stop();
  BOOST_TEST(rig.processes().empty());
  for (int id = 0; id < HarborRig::kReplicas; ++id) BOOST_TEST(!std::filesystem::exists(rig.replica_dir(id) / "pid"));
  rig.stop();  // nothing to do is no failure
}

// What the file of the program is called does not matter: a package, or a second build, may name it otherwise.
BOOST_AUTO_TEST_CASE(a_program_of_another_name_finds_its_replicas) {
  const HarborRig rig;
  const std::string renamed = (rig.dir() / "bw-next").string();
  std::filesystem::copy_file(BREAKWATER_PROGRAM, renamed);
  const auto run = [&](Words words) {
    words.insert(words.begin(), renamed);
    words.insert(words.end(), {"--dir", rig.dir().string()});
    return run_process(words);
  };
  const Finished started = run({"start", "--detach"});
  BOOST_REQUIRE_MESSAGE(started.exit_code == 0, started);
  BOOST_TEST(rig.ask({"status"})["quorum_healthy"] == true);
  const Finished stopped = run({"stop"});
  BOOST_REQUIRE_MESSAGE(stopped.exit_code == 0, stopped);
  BOOST_TEST(stopped.out.find("stopped 4") != std::string::npos, stopped);
}

// A replica belongs to the harbor from when it is started, not from when it is done with starting.
BOOST_AUTO_TEST_CASE(stop_finds_a_replica_that_is_slow_to_start) {
  const HarborRig rig;
  const std::filesystem::path key = rig.replica_dir(3) / "key";
  const std::string content = read_file(key);
  std::filesystem::remove(key);
  BOOST_REQUIRE(::mkfifo(key.c_str(), 0600) == 0);  // who reads it waits until someone writes it
  Process start = rig.begin({"start", "--detach"});
  // `start` may be content with the quorum of the others, or wait for the fourth, who then gets its key.
  if (!wait_until([&] { return start.ended(); }, std::chrono::seconds(5))) write_file(key, content);
  BOOST_TEST(start.finish().exit_code == 0);
  rig.stop();
  BOOST_TEST(rig.processes().empty());
}

BOOST_AUTO_TEST_CASE(stop_ends_what_was_started_by_hand) {
  const HarborRig rig;
  Process by_hand = rig.begin({"replica", "--id", "2"});
  BOOST_REQUIRE(wait_until([&] { return std::filesystem::exists(rig.replica_dir(2) / "pid"); }));
  rig.stop();
  BOOST_TEST(by_hand.finish().exit_code == 0);
  BOOST_TEST(rig.processes().empty());
}

// Process numbers come round: a pid file that outlived its replica may name the same replica of another harbor.
BOOST_AUTO_TEST_CASE(a_stale_pid_file_harms_no_other_harbor) {
  const HarborRig rig, neighbour;
  rig.start();
  neighbour.start();
  rig.kill_replica(0);
  write_file(rig.replica_dir(0) / "pid", read_file(neighbour.replica_dir(0) / "pid"));
  BOOST_TEST(rig.run({"start", "--detach"}).exit_code == 0);
  BOOST_TEST(wait_until([&] { return rig.status()["replicas"][0]["up"] == true; }, std::chrono::seconds(10)));
  rig.stop();
  BOOST_TEST(neighbour.processes().size() == kReplicas);
}

BOOST_AUTO_TEST_CASE(ctrl_c_stops_all) {
  const HarborRig rig;
  Process foreground = rig.begin({"start"});
  BOOST_REQUIRE(wait_until([&] { return foreground.has_printed("ready"); }));
  foreground.send_signal(SIGINT);
  const Finished finished = foreground.finish();
  BOOST_TEST(finished.exit_code == 0, finished);
  BOOST_TEST(finished.out == "ready\n", finished);
  BOOST_TEST(rig.processes().empty());
}

BOOST_AUTO_TEST_CASE(status_has_every_field) {
  const HarborRig rig;
  rig.start();
  expect_agreement(rig);
  const Json status = rig.ask({"status"});
  expect_fields(status, kStatusFields);
  BOOST_TEST(status["engine"] == "pbft");
  BOOST_TEST(status["n"] == 4);
  BOOST_TEST(status["f"] == 1);
  BOOST_TEST(status["quorum"] == 3);
  BOOST_TEST_REQUIRE(status["replicas"].size() == kReplicas);
  for (const Json& replica : status["replicas"]) {
    expect_fields(replica, kReplicaFields);
    BOOST_TEST(replica["up"] == true);
    BOOST_TEST(replica["rss_bytes"] > 0);
    BOOST_TEST(replica["suspects"] == Json::array());
    BOOST_TEST(replica["byzantine"].is_null());
  }
}

BOOST_AUTO_TEST_CASE(status_of_the_stopped) {
  const HarborRig rig;
  rig.start();
  rig.kill_replica(1);
  BOOST_TEST(rig.run({"status", "--json"}).exit_code == 0);  // three of four are a quorum
  rig.kill_replica(2);
  BOOST_TEST(rig.run({"status", "--json"}).exit_code == 3);
  rig.stop();
  const Finished finished = rig.run({"status", "--json"});
  BOOST_TEST(finished.exit_code == 3, finished);
  const Json status = finished.json();
  expect_fields(status, kStatusFields);
  BOOST_TEST(status["quorum_healthy"] == false);
  BOOST_TEST_REQUIRE(status["replicas"].size() == kReplicas);
  for (const Json& replica : status["replicas"]) {
    expect_fields(replica, kReplicaFields);
    BOOST_TEST(replica["up"] == false);
  }
}

BOOST_AUTO_TEST_SUITE_END()

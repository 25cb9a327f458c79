// Starting twice, stopping, and what `status` says of it.
#include <signal.h>

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

// A replica that `start` has just brought back belongs to the harbor like the others.
BOOST_AUTO_TEST_CASE(stop_finds_a_replica_that_just_came_back) {
  const HarborRig rig;
  rig.start();
  for (int round = 0; round < 3; ++round) {
    rig.kill_replica(3);
    rig.start();
    rig.stop();
    BOOST_TEST(rig.processes().empty());
    rig.start();
  }
}

BOOST_AUTO_TEST_CASE(stop_ends_what_was_started_by_hand) {
  const HarborRig rig;
  Process by_hand = rig.begin({"replica", "--id", "2"});
  BOOST_REQUIRE(wait_until([&] { return std::filesystem::exists(rig.replica_dir(2) / "pid"); }));
  rig.stop();
  BOOST_TEST(by_hand.finish().exit_code == 0);
  BOOST_TEST(rig.processes().empty());
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

// A Raft harbor of real processes: it answers, goes on without its leader, remembers, and lets nobody vote who forgot.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;
namespace fs = std::filesystem;

const Words kRaft = {"--engine", "raft"};

int with_role(const Json& status, const std::string& role) {
  for (const Json& replica : status["replicas"]) {
    if (replica["role"] == role) return replica["id"];
  }
  return -1;
}

// Waits until somebody leads.
int leader(const HarborRig& rig) {
  int id = -1;
  BOOST_REQUIRE(wait_until([&] { return (id = with_role(rig.status(), "leader")) >= 0; }));
  return id;
}

// The logs tell one story, up to where both have come.
void expect_equal_logs(const HarborRig& rig) {
  const Json first = rig.ask({"log", "--replica", "0"})["slots"];
  BOOST_TEST(!first.empty());
  for (int id = 1; id < rig.replicas(); ++id) {
    const Json other = rig.ask({"log", "--replica", std::to_string(id)})["slots"];
    for (std::size_t i = 0; i < std::min(first.size(), other.size()); ++i) BOOST_TEST(first[i] == other[i]);
  }
}

// As if somebody had edited the file: the engine's name, and none of the settings that one engine alone knows.
void edit_engine(const HarborRig& rig, const std::string& engine) {
  rig.set("engine", "\"" + engine + "\"");
  std::string kept, text = read_file(rig.cluster_file());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    const bool is_special = std::ranges::any_of(
        Words{"view_change_", "max_clock_skew_ms", "verify_threads", "election_timeout_ms", "heartbeat_ms"},
        [&](const std::string& name) { return line.starts_with(name); });
    if (!is_special) kept += line;
    at = end;
  }
  write_file(rig.cluster_file(), kept);
}

// A replica that refuses to run: its log goes to stderr too, and the reason comes last.
std::string refusal(const HarborRig& rig, int id) {
  const Finished refused = rig.run({"replica", "--id", std::to_string(id)});
  BOOST_TEST(refused.exit_code == 2, refused);
  BOOST_TEST(refused.out.empty(), refused);
  const std::size_t last_line = refused.err.rfind('\n', refused.err.size() - 2);
  return refused.err.substr(last_line == std::string::npos ? 0 : last_line + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(raft)

BOOST_DATA_TEST_CASE(a_harbor_answers_a_replay, boost::unit_test::data::make({3, 5}), replicas) {
  constexpr int kCommands = 800;
  Words init = kRaft;
  if (replicas != 3) init.insert(init.end(), {"--replicas", std::to_string(replicas)});
  const HarborRig rig(init);
  BOOST_REQUIRE(rig.replicas() == replicas);
  rig.start();
  const Json summary = expect_all_answered(rig.run({"replay", rig.trace(1, kCommands).string(), "--json"}), kCommands);
  expect_agreement(rig);
  const Json status = rig.status();
  BOOST_TEST(status["engine"] == "raft");
  BOOST_TEST(status["n"] == replicas);
  BOOST_TEST(status["f"] == (replicas - 1) / 2);
  BOOST_TEST(status["quorum"] == replicas / 2 + 1);
  BOOST_TEST(status["quorum_healthy"] == true);
  BOOST_TEST(status["survives"].get<std::string>().contains("none may lie"));
  rig.stop();
  expect_equal_logs(rig);
  for (int id = 0; id < replicas; ++id) BOOST_TEST(accepted_in_log(rig, id) == summary["accepted"]);
}

BOOST_AUTO_TEST_CASE(one_command_and_its_reading) {
  const HarborRig rig(kRaft);
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "C", "--suites", "2"});
  const Json sold = rig.ask({"book", "reserve", "--voyage", "V", "--class", "C", "--booking", "8841"});
  BOOST_TEST(sold["outcome"] == "accepted");
  BOOST_TEST(sold["result"]["suite"] == "C-1");
  BOOST_TEST(sold["replies"].size() == 1u);
  const Json seen = rig.ask({"book", "show", "--booking", "8841"});
  BOOST_TEST(seen["result"]["suite"] == "C-1");
  BOOST_TEST(seen["sequence"].get<int>() >= sold["sequence"].get<int>());  // what was sold is seen
  const Finished again = rig.run({"book", "reserve", "--voyage", "V", "--suite", "C-1", "--booking", "8842", "--json"});
  BOOST_TEST(again.exit_code == 1, again);
  BOOST_TEST(again.json()["reason"] == "suite_taken");

  const Json log = rig.ask({"log", "--replica", std::to_string(leader(rig))});
  BOOST_TEST(log["engine"] == "raft");
  const Json& first = log["slots"][0];
  BOOST_TEST(first["commands"] == Json::array());  // with which the leader began its term
  for (const Json& slot : log["slots"]) {
    BOOST_TEST(slot["signers"] == Json::array());
    BOOST_TEST(slot["view"].get<int>() >= 1);
  }
}

BOOST_AUTO_TEST_CASE(the_leader_dies_in_mid_replay) {
  constexpr int kCommands = 2000;
  const HarborRig rig(kRaft);
  rig.start();
  Process replay = rig.begin({"replay", rig.trace(2, kCommands).string(), "--desks", "2", "--json"});
  BOOST_REQUIRE(wait_until([&] { return highest_executed(rig.status()) >= 10; }));
  const int dead = leader(rig);
  rig.kill_replica(dead);
  BOOST_REQUIRE(!replay.ended());
  const Json summary = expect_all_answered(replay.finish(), kCommands);
  BOOST_TEST(leader(rig) != dead);
  BOOST_TEST(rig.status()["quorum_healthy"] == true);
  rig.start();
  expect_agreement(rig);
  rig.stop();
  expect_equal_logs(rig);
  for (int id = 0; id < rig.replicas(); ++id) BOOST_TEST(accepted_in_log(rig, id) == summary["accepted"]);
}

BOOST_AUTO_TEST_CASE(all_die_at_once) {
  constexpr int kCommands = 2000;
  const HarborRig rig(kRaft);
  rig.start();
  Process replay = rig.begin({"replay", rig.trace(3, kCommands).string(), "--desks", "2", "--json"});
  BOOST_REQUIRE(wait_until([&] { return highest_executed(rig.status()) >= 10; }));
  for (int id = 0; id < rig.replicas(); ++id) rig.kill_replica(id);
  BOOST_REQUIRE(!replay.ended());
  rig.start();
  const Json summary = expect_all_answered(replay.finish(), kCommands);
  expect_agreement(rig);
  rig.stop();
  expect_equal_logs(rig);
  for (int id = 0; id < rig.replicas(); ++id) BOOST_TEST(accepted_in_log(rig, id) == summary["accepted"]);
}

// Further behind than what the leader holds in memory.
BOOST_AUTO_TEST_CASE(a_follower_that_was_away_catches_up) {
  constexpr int kCommands = 800;
  const HarborRig rig(kRaft);
  rig.start();
  const int follower = with_role(rig.status(), "follower");
  BOOST_REQUIRE(follower >= 0);
  rig.kill_replica(follower);
  expect_all_answered(rig.run({"replay", rig.trace(4, kCommands).string(), "--desks", "4", "--json"}), kCommands);
  BOOST_TEST(highest_executed(rig.status()) > 8u * HarborRig::kCheckpointInterval);
  rig.start();
  expect_agreement(rig);
  rig.stop();
  expect_equal_logs(rig);
}

// It may have voted in a term that it no longer knows of. One peer that remembers is enough.
BOOST_AUTO_TEST_CASE(a_replica_that_lost_its_store_stays_out) {
  const HarborRig rig(kRaft);
  rig.start();
  leader(rig);
  const int follower = with_role(rig.status(), "follower");
  rig.kill_replica(follower);
  fs::remove_all(rig.replica_dir(follower) / "store");
  const std::string why = refusal(rig, follower);
  BOOST_TEST(why.contains("replica-" + std::to_string(follower) + "/store is empty"), why);
  BOOST_TEST(why.contains("group has history"), why);
  expect_all_answered(rig.run({"replay", rig.trace(5, 100).string(), "--json"}), 100);
}

BOOST_DATA_TEST_CASE(the_store_of_another_engine_is_refused, boost::unit_test::data::make({"pbft", "raft"}), engine) {
  const std::string made_by = engine, other = made_by == "pbft" ? "raft" : "pbft";
  const HarborRig rig({"--engine", made_by, "--replicas", "4"});
  rig.start();
  expect_all_answered(rig.run({"replay", rig.trace(6, 100).string(), "--json"}), 100);
  rig.stop();
  edit_engine(rig, other);
  const std::string why = refusal(rig, 1);
  BOOST_TEST(why.contains("replica-1/store holds slots of the engine " + made_by), why);
  edit_engine(rig, made_by);
  rig.start();
  expect_agreement(rig);
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_in_one_line) {
  const TemporaryDirectory place;
  const auto init = [&](const Words& more) {
    Words words = {BREAKWATER_PROGRAM, "init", "--dir", (place.path() / "harbor").string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_process(words);
  };
  const std::pair<Words, std::string> kCases[] = {
      {{"--engine", "raft", "--replicas", "2"}, "a raft group has 3 to 64 replicas (2f+1 survive f crashes)"},
      {{"--replicas", "3"}, "a pbft group has 4 to 64 replicas (3f+1 survive f liars)"},
      {{"--engine", "paxos"}, "--engine paxos"},
      {{"--engine", "raft", "--hosts", "a,b"}, "--hosts names 2 hosts for 3 replicas"},
  };
  for (const auto& [words, named] : kCases) {
    const Finished finished = init(words);
    BOOST_TEST(finished.exit_code == 2, finished);
    BOOST_TEST(finished.err.find('\n') + 1 == finished.err.size(), "not one line: " << finished);
    BOOST_TEST(finished.err.contains(named), finished);
  }
  const HarborRig rig({"--engine", "raft", "--fault-injection"});
  const Finished liar = rig.run({"start", "--detach", "--byzantine", "0=bad-checkpoint"});
  BOOST_TEST(liar.exit_code == 2, liar);
  BOOST_TEST(liar.err.contains("'bad-checkpoint' makes no sense in a raft group: its replicas sign no state"), liar);
  BOOST_TEST(liar.err.contains("known are equivocate silent"), liar);
  BOOST_TEST(rig.processes().empty());
}

BOOST_AUTO_TEST_SUITE_END()

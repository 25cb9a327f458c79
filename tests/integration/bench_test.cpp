// The cost ladder: that it measures real groups, says what it must in the shape of the contract, and leaves nothing
// behind. No figure of it is judged here but for being one.
#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/integration/harbor_rig.hpp"

namespace {

using namespace breakwater::testing;
namespace fs = std::filesystem;

// With windows as short as they may be.
Words bench(const TemporaryDirectory& place, Words words) {
  words.insert(words.begin(), {"/usr/bin/env", "TMPDIR=" + place.path().string(), BREAKWATER_PROGRAM, "bench"});
  words.insert(words.end(), {"--windows", "2", "--window-ms", "200", "--warm-up-ms", "200"});
  return words;
}

bool is_positive(const Json& figure) { return figure.is_number() && figure.get<double>() > 0; }

void expect_shape(const Json& rung) {
  for (const char* figure : {"throughput_per_s", "cpu_us_per_command"}) {
    BOOST_TEST(is_positive(rung[figure]), figure << " in " << rung.dump());
  }
  for (const char* percentile : {"p50", "p95", "p99", "max"}) {
    BOOST_TEST(is_positive(rung["latency_us"][percentile]), percentile << " in " << rung.dump());
  }
  const bool is_signed = rung["signed_requests"] == true || rung["signed_votes"] == true;
  BOOST_TEST(is_positive(rung["signature_floor_us_per_command"]) == is_signed, rung.dump());
  BOOST_TEST(is_positive(rung["latency_floor_us"]) == (is_signed || rung["durable"] == true), rung.dump());
  BOOST_TEST((rung["valid"].is_boolean() && rung["valid"] == rung["invalid_reason"].is_null()), rung.dump());
  BOOST_TEST(rung["windows"].size() == 2u);
}

BOOST_AUTO_TEST_SUITE(cost_ladder)

BOOST_AUTO_TEST_CASE(a_rung_of_the_product) {
  const TemporaryDirectory place;
  const fs::path page = place.path() / "report.html";
  const Finished finished =
      run_process(bench(place, {"--only", "pbft-4 durable b1 o16 16B", "--json", "--report", page.string()}));
  BOOST_TEST(finished.exit_code == 0, finished);
  const Json told = finished.json();
  for (const char* figure : {"cores", "ed25519_verify_us", "ed25519_sign_us", "commit_us", "commit_us_all_writing"}) {
    BOOST_TEST(is_positive(told["machine"][figure]), figure << " in " << told["machine"].dump());
  }
  BOOST_TEST_REQUIRE(told["rungs"].size() == 1u);
  const Json& rung = told["rungs"][0];
  const Json is = {rung["name"],         rung["engine"],  rung["n"],      rung["f"],           rung["signed_requests"],
                   rung["signed_votes"], rung["durable"], rung["bundle"], rung["outstanding"], rung["payload_bytes"]};
  BOOST_TEST(is == Json({"pbft-4 durable b1 o16 16B", "pbft", 4, 1, true, true, true, 1, 16, 16}), is.dump());
  expect_shape(rung);
  BOOST_TEST(read_file(page).ends_with("</html>\n"));
  fs::remove(page);
  BOOST_TEST(fs::is_empty(place.path()));
  BOOST_TEST(place.processes().empty());
}

// What it leaves out must not be missed by the engines: each kind answers, in memory too.
BOOST_AUTO_TEST_CASE(every_kind_of_group_answers) {
  const TemporaryDirectory place;
  const Finished finished = run_process(bench(place, {"--replicas", "3,4", "--outstanding", "32", "--bundle", "4",
                                                      "--payload", "1024", "--in-memory", "--json"}));
  BOOST_TEST(finished.exit_code == 0, finished);
  const Json rungs = finished.json()["rungs"];
  BOOST_TEST_REQUIRE(rungs.size() == 6u);
  for (const Json& rung : rungs) {
    expect_shape(rung);
    BOOST_TEST((rung["insecure"] == true) == (rung["engine"] == "pbft" && rung["n"] == 4 &&
                                              !(rung["signed_requests"] == true && rung["signed_votes"] == true)));
    for (const Json& window : rung["windows"]) {  // a command that fails would be refused
      const std::string reason = window["invalid_reason"].is_null() ? "" : window["invalid_reason"].get<std::string>();
      BOOST_TEST(!reason.contains("refused"), rung.dump());
    }
  }
  BOOST_TEST(fs::is_empty(place.path()));
}

BOOST_AUTO_TEST_CASE(an_open_loop_says_its_rate) {
  const TemporaryDirectory place;
  const Finished finished =
      run_process(bench(place, {"--engine", "raft", "--replicas", "3", "--open-loop", "100", "--json"}));
  BOOST_TEST(finished.exit_code == 0, finished);
  for (const Json& rung : finished.json()["rungs"]) {
    expect_shape(rung);
    BOOST_TEST(rung["open_loop_per_s"] == 100);
  }
}

// In both, what the attack did to the group is judged by what cannot be otherwise: a window is a tenth of the time
// after which a silent primary is replaced.
Json attacked_by(const char* name, const TemporaryDirectory& place) {
  const fs::path page = place.path() / "report.html";
  const Finished finished = run_process(
      bench(place, {"--attack", "--only", name, "--outstanding", "16", "--json", "--report", page.string()}));
  BOOST_TEST(finished.exit_code == 0, finished);
  const Json told = finished.json();
  BOOST_TEST(told["rungs"] == Json::array());
  BOOST_TEST_REQUIRE(told["attacks"].size() == 1u);
  BOOST_TEST(read_file(page).contains("Throughput under attack"));
  fs::remove(page);
  BOOST_TEST(fs::is_empty(place.path()));
  BOOST_TEST(place.processes().empty());
  Json attack = told["attacks"][0];
  BOOST_TEST((attack["name"] == name && attack["group"] == "pbft-4 durable b1 o16 16B"), attack.dump());
  BOOST_TEST_REQUIRE(attack["failure"].is_null(), attack.dump());
  for (const char* figure : {"throughput_per_s", "p99_us", "replica_cpus"}) {
    BOOST_TEST(is_positive(attack["fault_free"][figure]), figure << " in " << attack.dump());
  }
  BOOST_TEST(attack["recovered"] == attack["recovery_ms"].is_number(), attack.dump());
  BOOST_TEST(attack["ratio_to_fault_free"].is_null() == attack["recovered_throughput_per_s"].is_null());
  BOOST_TEST(attack["timeline"]["commands"].size() > attack["timeline"]["attack_at"].get<std::size_t>());
  return attack;
}

BOOST_AUTO_TEST_CASE(an_attack_by_the_primary) {
  const TemporaryDirectory place;
  const Json attack = attacked_by("silent", place);
  BOOST_TEST(attack["attacker"] == "primary");
  BOOST_TEST(attack["strategy"].get<std::string>().starts_with("silent:from="));
  BOOST_TEST((attack["fell_below_half"] == true && attack["flood"].is_null()), attack.dump());
  BOOST_TEST(attack["attacker_accused"] == false, "silence is no evidence");
}

BOOST_AUTO_TEST_CASE(an_attack_by_a_client) {
  const TemporaryDirectory place;
  const Json attack = attacked_by("flood-bad", place);
  BOOST_TEST(attack["attacker"] == "client");
  BOOST_TEST((attack["strategy"].is_null() && attack["attacker_accused"].is_null()), attack.dump());
  BOOST_TEST(is_positive(attack["flood"]["requests_per_s"]), attack.dump());
  BOOST_TEST(is_positive(attack["flood"]["attacker_cpus"]), attack.dump());
}

BOOST_AUTO_TEST_CASE(an_interrupted_attack_leaves_nothing) {
  const TemporaryDirectory place;
  Process running(bench(place, {"--attack", "--only", "flood-good"}));
  const auto is_attacked = [&] {
    return std::ranges::any_of(fs::directory_iterator(place.path()), [](const fs::directory_entry& bench) {
      return fs::exists(bench.path() / "flood-good" / "replica-3" / "pid");
    });
  };
  BOOST_TEST_REQUIRE(wait_until(is_attacked));
  running.send_signal(SIGINT);
  const Finished finished = running.finish();
  BOOST_TEST((finished.exit_code == 3 && finished.err.contains("interrupted")), finished);
  BOOST_TEST(place.processes().empty());
  BOOST_TEST(fs::is_empty(place.path()));
}

BOOST_AUTO_TEST_CASE(an_interruption_leaves_nothing) {
  for (const int number : {SIGINT, SIGTERM}) {
    for (std::size_t replicas = 0; replicas <= 4; replicas += 2) {
      const TemporaryDirectory place;
      Process running(bench(place, {"--outstanding", "8"}));
      // Its own place is made once it listens to signals; its replicas name it.
      const auto started = [&] { return !fs::is_empty(place.path()) && place.processes().size() >= replicas; };
      BOOST_TEST_REQUIRE(wait_until(started));
      running.send_signal(number);
      const Finished finished = running.finish();
      BOOST_TEST(finished.exit_code == 3, finished);
      BOOST_TEST(finished.err.contains("interrupted"), finished);
      BOOST_TEST(place.processes().empty());
      BOOST_TEST(fs::is_empty(place.path()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mistake_gets_a_line) {
  const TemporaryDirectory place;
  const std::pair<Words, std::string> mistakes[] = {
      {{"--only", "paxos"}, "paxos"},
      {{"--replicas", "2"}, "--replicas 2"},
      {{"--engine", "paxos"}, "--engine"},
      {{"--bundle", "64", "--outstanding", "16"}, "--outstanding"},
      {{"--payload", "14"}, "--payload"},
      {{"--payload", "3000", "--bundle", "128", "--outstanding", "256"}, "--payload"},
      {{"--full", "--engine", "raft"}, "--full"},
      {{"--open-loop", "0"}, "--open-loop"},
      {{"--attack", "--full"}, "--attack"},
      {{"--attack", "--engine", "raft"}, "--engine raft"},
      {{"--attack", "--only", "politeness"}, "politeness"},
      {{"--attack", "--outstanding", "16,64"}, "--outstanding"},
      {{"--attack", "--outstanding", "4", "--bundle", "16"}, "--outstanding"},
      {{"--attack", "--replicas", "3"}, "--replicas 3"},
      {{"--report", "/nowhere/report.html"}, "/nowhere/report.html"},
  };
  for (const auto& [words, named] : mistakes) {
    const Finished refused = run_process(bench(place, words));
    BOOST_TEST((refused.exit_code == 2 && refused.out.empty()), refused);
    BOOST_TEST(refused.err.contains(named), refused);
    BOOST_TEST(std::ranges::count(refused.err, '\n') == 1, refused);
  }
  BOOST_TEST(fs::is_empty(place.path()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(insecure_harbor)

// Made by hand here: `bench` alone makes them, and nobody else may take one for a group that proves something.
BOOST_AUTO_TEST_CASE(says_what_it_is_and_proves_nothing) {
  const HarborRig rig;
  const std::string text = read_file(rig.cluster_file());
  write_file(rig.cluster_file(),
             text + "\n[bench]\ninsecure_unsigned_votes = true\ninsecure_unsigned_requests = true\n");
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "S", "--suites", "3"});
  rig.ask({"book", "reserve", "--voyage", "V", "--class", "S", "--booking", "1"});

  BOOST_TEST(rig.status()["insecure"].get<std::string>().contains("replicas sign nothing"));
  BOOST_TEST(rig.run({"status"}).out.contains("INSECURE, for measurement only"));
  BOOST_TEST(read_file(rig.replica_dir(0) / "log").contains("INSECURE, for measurement only"));
  const std::string file = rig.beside("receipt").string();
  for (const Words& words : {Words{"audit"}, Words{"book", "--receipt", file, "reserve", "--voyage", "V", "--class",
                                                   "S", "--booking", "2"}}) {
    const Finished refused = rig.run(words);
    BOOST_TEST((refused.exit_code == 2 && refused.err.contains("INSECURE")), refused);
  }
  BOOST_TEST(!fs::exists(file));
}

// A replica that forgot everything must not vote again, here either.
BOOST_AUTO_TEST_CASE(in_memory_leaves_no_store) {
  const HarborRig rig;
  const std::string text = read_file(rig.cluster_file());
  write_file(rig.cluster_file(), text + "\n[bench]\nin_memory = true\n");
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "S", "--suites", "3"});
  BOOST_TEST(!fs::exists(rig.replica_dir(0) / "store"));
  BOOST_TEST(rig.status()["insecure"].get<std::string>().contains("stores end with their processes"));
  rig.kill_replica(2);
  const Finished again = rig.run({"replica", "--id", "2"});
  BOOST_TEST((again.exit_code == 2 && again.err.contains("is empty but the group has history")), again);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

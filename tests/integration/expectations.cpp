#include "tests/integration/expectations.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

namespace breakwater::testing {

Json expect_all_answered(const Finished& replay, int commands) {
  BOOST_REQUIRE_MESSAGE(replay.exit_code == 0, replay);
  const Json summary = replay.json();
  BOOST_TEST(summary["commands"] == commands);
  BOOST_TEST(summary["unknown"] == 0);
  int told = summary["accepted"].get<int>();
  for (const Json& count : summary["refused"]) told += count.get<int>();
  BOOST_TEST(told == commands);
  BOOST_TEST(summary["accepted"] > 0);  // a group that refuses everything has done nothing
  return summary;
}

Json expect_safe(const HarborRig& rig) {
  const Finished audit = rig.run({"audit", "--json"});
  BOOST_TEST(audit.exit_code == 0, audit);
  const Json report = audit.json();
  BOOST_TEST(report["verdict"] == "safe");
  BOOST_TEST(report["double_sold"] == Json::array());
  BOOST_TEST(report["conflicts"] == Json::array());
  BOOST_TEST(report["missing_stores"] == Json::array());
  BOOST_TEST(report["certificates"]["checked"] > 0);
  BOOST_TEST(report["certificates"]["invalid"] == 0);
  BOOST_TEST(report["state_digests_equal"] == true);
  BOOST_TEST(report["common_checkpoint"].is_number(), "no checkpoint in common: equal digests say nothing");
  return report;
}

void expect_agreement(const HarborRig& rig) {
  Json replicas;
  const bool agreed = wait_until([&] {
    replicas = rig.status()["replicas"];
    return std::ranges::all_of(replicas, [&](const Json& r) {
      return r["up"] == true && r["executed"] == replicas[0]["executed"] &&
             r["state_digest"] == replicas[0]["state_digest"];
    });
  });
  BOOST_TEST(agreed, "the replicas differ: " << replicas.dump());
}

std::uint64_t executed(const Json& replica) {
  return replica["executed"].is_number() ? replica["executed"].get<std::uint64_t>() : 0;
}

std::uint64_t highest_executed(const Json& status) {
  std::uint64_t highest = 0;
  for (const Json& replica : status["replicas"]) highest = std::max(highest, executed(replica));
  return highest;
}

int accepted_in_log(const HarborRig& rig, int replica) {
  const Json log = rig.ask({"log", "--replica", std::to_string(replica)});
  std::set<std::pair<std::string, std::uint64_t>> seen;
  std::uint64_t expected_sequence = 0;
  int accepted = 0;
  for (const Json& slot : log["slots"]) {
    BOOST_TEST(slot["sequence"] == ++expected_sequence);
    BOOST_TEST_REQUIRE(slot["results"].size() == slot["commands"].size());
    for (std::size_t i = 0; i < slot["commands"].size(); ++i) {
      const Json& command = slot["commands"][i];
      if (command["client"] == "operator" || !seen.emplace(command["client"], command["request"]).second) continue;
      accepted += slot["results"][i]["outcome"] == "accepted";
    }
  }
  return accepted;
}

}  // namespace breakwater::testing

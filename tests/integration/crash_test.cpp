// Processes that are killed without warning: the group goes on without one of them, and all of them remember.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

std::vector<int> backups(const Json& status) {
  std::vector<int> ids;
  for (const Json& replica : status["replicas"]) {
    if (replica["role"] == "backup") ids.push_back(replica["id"]);
  }
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(backups_die_one_after_the_other) {
  constexpr int kCommands = 1000, kDeaths = 8;
  const HarborRig rig;
  rig.start();
  // Few desks, so that the run outlasts the deaths.
  Process replay = rig.begin({"replay", rig.trace(4, kCommands).string(), "--desks", "3", "--json"});
  std::mt19937 random(4);
  int deaths = 0;
  while (deaths < kDeaths && !replay.ended()) {
    const std::vector<int> candidates = backups(rig.status());
    if (candidates.empty()) continue;
    const int victim = candidates[random() % candidates.size()];
    rig.kill_replica(victim);
    ++deaths;
    const std::uint64_t reached = highest_executed(rig.status());
    rig.start();
    // f=1: it takes part again before the next one dies, also in slots that it was not there for.
    const auto is_back = [&] { return executed(rig.status()["replicas"][victim]) > reached; };
    BOOST_REQUIRE(wait_until([&] { return replay.ended() || is_back(); }));
  }
  BOOST_TEST(deaths >= 2);
  expect_all_answered(replay.finish(), kCommands);
  expect_agreement(rig);
  expect_safe(rig);
}

BOOST_AUTO_TEST_CASE(all_die_at_once) {
  constexpr int kCommands = 600;
  const HarborRig rig;
  rig.start();
  Process replay = rig.begin({"replay", rig.trace(5, kCommands).string(), "--desks", "4", "--json"});
  BOOST_REQUIRE(wait_until([&] { return highest_executed(rig.status()) >= 10; }));
  for (int id = 0; id < HarborRig::kReplicas; ++id) rig.kill_replica(id);
  BOOST_REQUIRE(!replay.ended());
  rig.start();
  const Json summary = expect_all_answered(replay.finish(), kCommands);
  expect_agreement(rig);
  expect_safe(rig);
  for (int id = 0; id < HarborRig::kReplicas; ++id) BOOST_TEST(accepted_in_log(rig, id) == summary["accepted"]);
}

BOOST_AUTO_TEST_SUITE_END()

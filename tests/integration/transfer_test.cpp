// State transfer between real processes: who missed more than the log window fetches the state, with a liar among its
// donors.
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

}  // namespace

BOOST_AUTO_TEST_SUITE(state_transfer)

BOOST_AUTO_TEST_CASE(a_replica_that_missed_the_window_fetches_the_state) {
  constexpr int kBefore = 200, kMissed = 1200;
  const HarborRig rig({"--fault-injection"});
  rig.set("log_window", "32");
  rig.start({"--byzantine", "1=bad-transfer"});
  expect_all_answered(rig.run({"replay", rig.trace(6, kBefore).string(), "--desks", "4", "--json"}), kBefore);
  rig.kill_replica(3);
  expect_all_answered(rig.run({"replay", rig.trace(7, kMissed).string(), "--desks", "4", "--json"}), kMissed);
  rig.start();
  expect_agreement(rig);
  // The checkpoint may have been the group's last slot: now there are some after it.
  expect_all_answered(rig.run({"replay", rig.trace(9, 10).string(), "--desks", "4", "--json"}), 10);
  expect_agreement(rig);
  // It has the slots from the checkpoint on, and none of those that it missed.
  const Json slots = rig.ask({"log", "--replica", "3"})["slots"];
  BOOST_TEST_REQUIRE(!slots.empty());
  BOOST_TEST(slots.front()["sequence"] > 64, slots.front()["sequence"]);
  BOOST_TEST(rig.ask({"log", "--replica", "0"})["slots"].front()["sequence"] == 1);

  // It votes: without another replica the group goes on.
  rig.kill_replica(0);
  expect_all_answered(rig.run({"replay", rig.trace(8, 50).string(), "--desks", "4", "--json"}), 50);
  const Json report = expect_safe(rig);
  BOOST_TEST(report["accused"].empty());
}

BOOST_AUTO_TEST_SUITE_END()

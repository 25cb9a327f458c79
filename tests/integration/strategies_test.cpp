// Each way of lying, by a real process of a real group: everybody is answered, and nobody honest is accused.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "adversary/strategies.hpp"
#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

constexpr int kCommands = 150;

struct Case {
  int liar;  // replica 0 is the first primary
  const char* strategy;
  bool convicted;  // its lies are such that signatures prove them; else they may
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.liar << "=" << c.strategy; }

const Case kCases[] = {
    {0, "equivocate", true},
    {0, "silent", false},
    {0, "slow:delay_ms=50", false},
    {0, "slow:delay_ms=4000", false},
    {0, "censor:client=desk-2", false},
    {0, "forge", true},
    {0, "double-vote", true},
    {1, "double-vote", true},
    {0, "bad-checkpoint", true},
    {1, "bad-view-change", false},
    {1, "bad-new-view", false},
    {2, "view-flood", false},
    {0, "replay", false},
    {1, "replay", false},
    {0, "lie-to-clients", false},
    {1, "bad-transfer", false},
    {0, "collude", false},
    {0, "corrupt", false},
    {0, "random", false},
    {1, "random:seed=2", false},
};

// Their lies are told in a view change, which a silent primary brings about.
const Case kCasesInViewChanges[] = {{1, "bad-new-view", true}, {2, "bad-view-change", true}};

void expect_only_liars_accused(const HarborRig& rig, int liar, bool convicted) {
  const Json accused = expect_safe(rig)["accused"];
  const Json the_liar = Json::array({liar});
  BOOST_TEST((accused == the_liar || (!convicted && accused.empty())), "accused: " << accused.dump());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strategies)

BOOST_AUTO_TEST_CASE(every_strategy_is_run_here) {
  for (const std::string_view name : breakwater::adversary::strategy_names()) {
    const bool is_run = std::ranges::any_of(kCases, [&](const Case& c) {
      const std::string_view text = c.strategy;
      return text.substr(0, text.find(':')) == name;
    });
    BOOST_TEST(is_run, name);
  }
}

BOOST_DATA_TEST_CASE(one_liar_of_four, boost::unit_test::data::make(kCases), c) {
  const HarborRig rig({"--fault-injection"});
  const std::string lie = std::to_string(c.liar) + "=" + c.strategy;
  rig.start({"--byzantine", lie});
  expect_all_answered(rig.run({"replay", rig.trace(3, kCommands).string(), "--desks", "8", "--json"}), kCommands);
  expect_only_liars_accused(rig, c.liar, c.convicted);
  // The lie was told, and by this replica only.
  for (const Json& replica : rig.status()["replicas"]) {
    const Json expected = replica["id"] == c.liar ? Json(c.strategy) : Json(nullptr);
    BOOST_TEST(replica["byzantine"] == expected, replica.dump());
  }
}

BOOST_DATA_TEST_CASE(two_liars_of_seven, boost::unit_test::data::make(kCasesInViewChanges), c) {
  const HarborRig rig({"--fault-injection", "--replicas", "7"});
  rig.start({"--byzantine", "0=silent", "--byzantine", std::to_string(c.liar) + "=" + c.strategy});
  expect_all_answered(rig.run({"replay", rig.trace(3, kCommands).string(), "--desks", "8", "--json"}), kCommands);
  expect_only_liars_accused(rig, c.liar, c.convicted);
  for (const Json& replica : rig.status()["replicas"]) {
    if (replica["up"] == true) BOOST_TEST(replica["view"] > 0, replica.dump());
  }
}

BOOST_AUTO_TEST_SUITE_END()

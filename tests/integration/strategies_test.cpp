// Each way of lying, by a real process of a real group: everybody is answered, and nobody honest is accused.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

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
    {0, "silent", false},         {0, "forge", true},   {0, "double-vote", true}, {0, "corrupt", false},
    {0, "lie-to-clients", false}, {0, "replay", false}, {1, "double-vote", true}, {1, "replay", false},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(strategies)

BOOST_DATA_TEST_CASE(one_liar_of_four, boost::unit_test::data::make(kCases), c) {
  const HarborRig rig({"--fault-injection"});
  const std::string lie = std::to_string(c.liar) + "=" + c.strategy;
  rig.start({"--byzantine", lie});
  expect_all_answered(rig.run({"replay", rig.trace(3, kCommands).string(), "--desks", "8", "--json"}), kCommands);

  const Json accused = expect_safe(rig)["accused"];
  const Json the_liar = Json::array({c.liar});
  BOOST_TEST((accused == the_liar || (!c.convicted && accused.empty())), "accused: " << accused.dump());
  // The lie was told, and by this replica only.
  for (const Json& replica : rig.status()["replicas"]) {
    const Json expected = replica["id"] == c.liar ? Json(c.strategy) : Json(nullptr);
    BOOST_TEST(replica["byzantine"] == expected, replica.dump());
  }
}

BOOST_AUTO_TEST_SUITE_END()

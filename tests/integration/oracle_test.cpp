// Every outcome as the independent oracle says (tests/oracle), in order: one desk, one command at a time.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

constexpr int kCommands = 400;
constexpr int kSeeds[] = {1, 2};

std::string script(const char* name) { return std::string(BREAKWATER_SOURCE_DIR "/tests/oracle/") + name; }

Finished compare(const HarborRig& rig, const std::filesystem::path& trace, const std::string& capacity) {
  return run_process(
      {"python3", script("compare.py"), BREAKWATER_PROGRAM, rig.dir().string(), trace.string(), capacity});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle)

BOOST_DATA_TEST_CASE(outcomes_are_the_oracles, boost::unit_test::data::make(kSeeds), seed) {
  const HarborRig rig;
  rig.start();
  const Finished compared = compare(rig, rig.trace(seed, kCommands), "default=3");
  BOOST_TEST(compared.exit_code == 0, compared);
  expect_safe(rig);
}

// The comparison is awake: where the group has other suites than the oracle was told of, it objects.
BOOST_AUTO_TEST_CASE(a_wrong_expectation_is_noticed) {
  const HarborRig rig;
  rig.start();
  const std::filesystem::path trace = rig.trace(1, 60);
  const auto accepted = [&](const char* capacity) {
    return run_process({"python3", script("booking_oracle.py"), trace.string(), "--capacity", capacity})
        .json()["accepted"];
  };
  BOOST_REQUIRE(accepted("default=2") < accepted("default=3"));

  // Voyages that exist stay as they are, so the group keeps 3 suites a class whatever the comparison says of them.
  const Json replayed = rig.ask({"replay", trace.string(), "--desks", "1", "--capacity", "default=3"});
  BOOST_TEST(replayed["accepted"] == accepted("default=3"));
  const Finished compared = compare(rig, trace, "default=2");
  BOOST_TEST(compared.exit_code == 1, compared);
  BOOST_TEST(compared.out.contains("they differ"), compared);
}

BOOST_AUTO_TEST_SUITE_END()

// Seeded swarms. A failing seed is printed with the one command that reruns it:
//   test_sim --run_test=swarm -- --seeds A..B
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/sim/swarm.hpp"

namespace {

using namespace breakwater::testing;

std::pair<std::uint64_t, std::uint64_t> seeds() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  for (int i = 1; i + 1 < suite.argc; ++i) {
    if (std::string(suite.argv[i]) != "--seeds") continue;
    const std::string range = suite.argv[i + 1];
    const std::size_t dots = range.find("..");
    return {std::stoull(range), std::stoull(dots == std::string::npos ? range : range.substr(dots + 2))};
  }
  return {1, 300};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(swarm)

BOOST_AUTO_TEST_CASE(every_seed_is_safe_and_then_live) {
  const auto [first, last] = seeds();
  std::size_t calls = 0, convicted = 0, moved = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const SwarmOutcome outcome = run_swarm(seed);
    if (!outcome.problem.empty()) {
      BOOST_ERROR("seed " << seed << ": " << outcome.problem << "\nrerun: test_sim --run_test=swarm -- --seeds " << seed
                          << ".." << seed);
    }
    calls += outcome.calls;
    convicted += outcome.convicted;
    moved += outcome.highest_view > 0;
  }
  BOOST_TEST_MESSAGE("worlds " << last - first + 1 << ", calls " << calls << ", with a view change " << moved
                               << ", with a conviction " << convicted);
  // The faults took effect, or the swarm proves nothing.
  if (last - first >= 100) {
    BOOST_TEST(moved > 20u);
    BOOST_TEST(convicted > 5u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

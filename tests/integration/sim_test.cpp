// The simulator as users run it; what it finds is tested in tests/sim/.
#include <boost/test/unit_test.hpp>

#include "tests/integration/harbor_rig.hpp"

namespace {

using namespace breakwater::testing;

Finished sim(Words words) {
  words.insert(words.begin(), {BREAKWATER_PROGRAM, "sim"});
  return Process(words).finish();
}

BOOST_AUTO_TEST_SUITE(simulator)

BOOST_AUTO_TEST_CASE(seeds_are_told_as_the_contract_says) {
  const Finished finished = sim({"--seeds", "1..3", "--commands", "20", "--json"});
  BOOST_TEST(finished.exit_code == 0, finished);
  const Json told = finished.json();
  BOOST_TEST(told["engine"] == "pbft");
  BOOST_TEST(told["seeds"] == 3);
  BOOST_TEST(told["violations"].empty());
  for (const char* key : {"replicas", "faults", "commands", "simulated_seconds", "seconds"}) {
    BOOST_TEST(told.contains(key), key);
  }
}

BOOST_AUTO_TEST_CASE(one_seed_leaves_a_trace_and_its_diagram) {
  const TemporaryDirectory place;
  const std::string text = (place.path() / "run.txt").string(), diagram = (place.path() / "run.mmd").string();
  const Finished finished = sim({"--seed", "3", "--commands", "20", "--trace", text});
  BOOST_TEST(finished.exit_code == 0, finished);
  BOOST_TEST(finished.out.find("trace: " + text + ", sequence diagram: " + diagram) != std::string::npos, finished);
  const std::string trace = read_file(text), drawn = read_file(diagram);
  BOOST_TEST(trace.starts_with("seed 3\n"));
  BOOST_TEST(trace.ends_with("nothing violated\n"));
  BOOST_TEST(trace.find("0 -> 1 pre-prepare v0 n1 ") != std::string::npos);
  BOOST_TEST(
      drawn.starts_with("%% seed 3, the last 300 events: nothing violated\nsequenceDiagram\n  participant R0\n"));
  BOOST_TEST(std::ranges::count(drawn, '\n') == 2 + 4 + 300);
  // One named as a diagram is one, with nothing beside it.
  const std::string alone = (place.path() / "alone.mmd").string();
  BOOST_TEST(sim({"--seed", "3", "--commands", "20", "--trace", alone}).exit_code == 0);
  BOOST_TEST(read_file(alone) == drawn);
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(place.path()), {}) == 3);
}

BOOST_AUTO_TEST_CASE(a_trace_that_cannot_be_written_is_a_line) {
  const Finished finished = sim({"--seed", "3", "--trace", "/nonexistent/run.txt"});
  BOOST_TEST(finished.exit_code == 2, finished);
  BOOST_TEST(finished.err.find("--trace: /nonexistent/run.txt cannot be written") != std::string::npos, finished);
  BOOST_TEST(std::ranges::count(finished.err, '\n') == 1, finished);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

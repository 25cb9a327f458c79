// Every story of this folder holds, and its trace is the golden one. `test_scenarios -- --rewrite` updates the traces.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/scenarios/story.hpp"

namespace {

using namespace breakwater::testing;

std::vector<std::string> stories() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(BREAKWATER_SOURCE_DIR "/tests/scenarios")) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

bool rewriting() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  for (int i = 1; i < suite.argc; ++i) {
    if (std::string(suite.argv[i]) == "--rewrite") return true;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stories_told)

BOOST_DATA_TEST_CASE(story_holds, boost::unit_test::data::make(stories()), file) {
  const Story story = read_story(file);
  const Told told = tell(story);
  for (const std::string& problem : told.problems) BOOST_ERROR(file << ": " << problem);
  if (rewriting()) {
    write_story(file, story, told.trace);
  } else {
    BOOST_TEST(told.trace == story.golden, file << ": another trace; if it is right, run test_scenarios -- --rewrite");
  }
}

// A story that must fail: the teller and its oracles are awake.
BOOST_AUTO_TEST_CASE(a_false_expectation_is_noticed) {
  const Told told = tell({{"replicas 4", "open V A 1", "answered 5000", "expect accepted 2"}, ""});
  BOOST_TEST(told.problems.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

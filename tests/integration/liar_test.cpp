// A primary that equivocates: nothing is sold twice, nobody waits in vain, and its own signatures convict it.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

std::vector<std::filesystem::path> evidence_files(const Json& report) {
  std::vector<std::filesystem::path> files;
  for (const Json& evidence : report["evidence"]) files.emplace_back(evidence["file"].get<std::string>());
  return files;
}

Finished verify(const std::filesystem::path& file, const HarborRig& judge) {
  return run_process(
      {BREAKWATER_PROGRAM, "evidence", "verify", file.string(), "--roster", judge.cluster_file().string(), "--json"});
}

// A group that was lied to.
struct LiedTo {
  HarborRig rig{{"--fault-injection"}};
  std::vector<std::filesystem::path> files;

  explicit LiedTo(int commands) {
    rig.start({"--byzantine", "0=equivocate:from=5"});
    const std::filesystem::path trace = rig.trace(1, commands);
    expect_all_answered(rig.run({"replay", trace.string(), "--desks", "8", "--json"}), commands);
    files = evidence_files(expect_safe(rig));
    BOOST_REQUIRE(!files.empty());
  }
};

// `change` made to a copy of `file` must leave a file that convicts nobody.
void expect_no_conviction(const HarborRig& rig, std::string content, const std::string& change) {
  const std::filesystem::path copy = rig.beside("changed.bwe");
  write_file(copy, content);
  const Finished verdict = verify(copy, rig);
  BOOST_TEST(verdict.exit_code == 1, change << ": " << verdict);
  BOOST_TEST(verdict.json()["convicts"] == false, change);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(liar)

BOOST_AUTO_TEST_CASE(an_equivocating_primary_is_survived_and_convicted) {
  const LiedTo lied(400);
  const HarborRig& rig = lied.rig;
  BOOST_TEST(expect_safe(rig)["accused"] == Json::array({0}));

  HarborRig stranger;  // another group, which knows nothing of these signatures
  for (const std::filesystem::path& file : lied.files) {
    BOOST_TEST(file.is_absolute());
    const Finished verdict = verify(file, rig);
    BOOST_TEST(verdict.exit_code == 0, verdict);
    BOOST_TEST(verdict.json()["convicts"] == true);
    BOOST_TEST(verdict.json()["accused"] == 0);
    const Finished elsewhere = verify(file, stranger);
    BOOST_TEST(elsewhere.exit_code == 1, elsewhere);
    BOOST_TEST(elsewhere.json()["convicts"] == false);
  }
}

BOOST_AUTO_TEST_CASE(evidence_is_canonical) {
  const LiedTo lied(200);
  const HarborRig& rig = lied.rig;
  const auto size = [](const std::filesystem::path& file) { return std::filesystem::file_size(file); };
  const std::string original = read_file(std::ranges::min(lied.files, {}, size));
  BOOST_REQUIRE(!original.empty());

  // At most this many runs of the program: of a larger file, every second or third byte.
  constexpr std::size_t kMaxRuns = 400;
  for (std::size_t at = 0; at < original.size(); at += original.size() / kMaxRuns + 1) {
    std::string changed = original;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    expect_no_conviction(rig, changed, "byte " + std::to_string(at) + " changed");
  }
  expect_no_conviction(rig, original + '\0', "a byte added");
  expect_no_conviction(rig, original.substr(0, original.size() - 1), "the last byte removed");
  expect_no_conviction(rig, original.substr(1), "the first byte removed");
  expect_no_conviction(rig, original + original, "said twice");
  expect_no_conviction(rig, "", "emptied");
  const Finished missing = verify(rig.beside("no such file"), rig);
  BOOST_TEST(missing.exit_code == 1, missing);
}

// Convictions outlive the lie: they are in the stores of the honest.
BOOST_AUTO_TEST_CASE(honest_again_but_not_forgiven) {
  const LiedTo lied(200);
  const HarborRig& rig = lied.rig;
  rig.stop();
  rig.start();
  expect_agreement(rig);
  BOOST_TEST(expect_safe(rig)["accused"] == Json::array({0}));
  BOOST_TEST(rig.status()["replicas"][0]["byzantine"].is_null());
  expect_all_answered(rig.run({"replay", rig.trace(2, 50).string(), "--desks", "4", "--json"}), 50);
}

BOOST_AUTO_TEST_SUITE_END()

// A writer that lost its lease: whatever it believes, it sells nothing.
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

// `book WORDS --json`: what it says, whether accepted or refused.
Json book(const HarborRig& rig, Words words) {
  words.insert(words.begin(), "book");
  words.push_back("--json");
  const Finished finished = rig.run(words);
  const Json json = finished.json();
  BOOST_TEST(finished.exit_code == (json["outcome"] == "accepted" ? 0 : 1), finished);
  return json;
}

void expect_refused(const Json& told, const std::string& reason) {
  BOOST_TEST(told["outcome"] == "refused", told.dump());
  BOOST_TEST(told["reason"] == reason, told.dump());
  BOOST_TEST(told["result"].is_null(), told.dump());
}

void open_voyage(const HarborRig& rig) {
  const Json told = book(rig, {"--as", "operator", "open", "--voyage", "V", "--class", "C", "--suites", "3"});
  BOOST_TEST_REQUIRE(told["outcome"] == "accepted", told.dump());
}

Json acquire(const HarborRig& rig, const std::string& candidate, const std::string& ttl) {
  return book(rig, {"--as", "desk-2", "acquire", "--job", "nightly", "--candidate", candidate, "--ttl", ttl});
}

Json reserve(const HarborRig& rig, const std::string& number, Words conditions) {
  Words words = {"reserve", "--voyage", "V", "--class", "C", "--booking", number};
  words.insert(words.end(), conditions.begin(), conditions.end());
  return book(rig, words);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fencing)

BOOST_AUTO_TEST_CASE(a_deposed_writer_sells_nothing) {
  const HarborRig rig;
  rig.start();
  open_voyage(rig);

  const Json first = acquire(rig, "A", "3600")["result"];
  BOOST_TEST(first["job"] == "nightly");
  BOOST_TEST(first["token"] == 1);
  BOOST_TEST(first["candidate"] == "A");
  BOOST_TEST(first["lease_expires_us"].is_number());
  expect_refused(acquire(rig, "A", "3600"), "lease_held");
  expect_refused(acquire(rig, "B", "3600"), "lease_held");
  BOOST_TEST(reserve(rig, "1", {"--fence", "nightly:1"})["result"]["suite"] == "C-1");
  BOOST_TEST(book(rig, {"release", "--job", "nightly", "--token", "1"})["result"]["candidate"].is_null());

  BOOST_TEST(acquire(rig, "B", "3600")["result"]["token"] == 2);
  expect_refused(reserve(rig, "2", {"--fence", "nightly:1"}), "stale_token");
  expect_refused(book(rig, {"confirm", "--booking", "1", "--fence", "nightly:1"}), "stale_token");
  expect_refused(book(rig, {"cancel", "--booking", "1", "--fence", "nightly:1"}), "stale_token");
  expect_refused(book(rig, {"renew", "--job", "nightly", "--token", "1"}), "stale_token");
  expect_refused(book(rig, {"check-fence", "--job", "nightly", "--token", "1"}), "stale_token");
  BOOST_TEST(book(rig, {"check-fence", "--job", "nightly", "--token", "2"})["result"]["candidate"] == "B");
  BOOST_TEST(reserve(rig, "2", {"--fence", "nightly:2"})["result"]["suite"] == "C-2");
}

BOOST_AUTO_TEST_CASE(a_lease_ends_by_agreed_time_and_nobody_has_to_take_it) {
  const HarborRig rig;
  rig.start();
  open_voyage(rig);
  BOOST_TEST(acquire(rig, "A", "1")["result"]["token"] == 1);
  BOOST_REQUIRE(wait_until(
      [&] { return book(rig, {"check-fence", "--job", "nightly", "--token", "1"})["reason"] == "stale_token"; }));
  expect_refused(reserve(rig, "1", {"--fence", "nightly:1"}), "stale_token");
  expect_refused(book(rig, {"renew", "--job", "nightly", "--token", "1", "--ttl", "60"}), "stale_token");
  const Json shown = book(rig, {"show", "--job", "nightly"})["result"];
  BOOST_TEST(shown["token"] == 1);
  BOOST_TEST(shown["candidate"].is_null());
  BOOST_TEST(acquire(rig, "B", "3600")["result"]["token"] == 2);
}

// What was granted outlives every process, and the log tells what was asked.
BOOST_AUTO_TEST_CASE(epochs_shards_and_tokens_survive_a_restart) {
  const HarborRig rig;
  rig.start();
  open_voyage(rig);
  const Words assign = {"assign-shard", "--shard", "H", "--owner", "A", "--expect-epoch", "0"};
  const Json assigned = book(rig, assign)["result"];
  BOOST_TEST((assigned == Json{{"shard", "H"}, {"owner", "A"}, {"epoch", 1}}), assigned.dump());
  expect_refused(book(rig, assign), "stale_epoch");
  BOOST_TEST((book(rig, {"bump-epoch", "--expect", "0"})["result"] == Json{{"epoch", 1}}));
  BOOST_TEST(acquire(rig, "A", "3600")["result"]["token"] == 1);
  // Beyond a checkpoint, so that some of it comes back from leaves.
  for (int i = 0; i < HarborRig::kCheckpointInterval; ++i) book(rig, {"show", "--epoch"});
  rig.stop();
  rig.start();

  expect_refused(acquire(rig, "B", "1"), "lease_held");
  BOOST_TEST(book(rig, {"show", "--shard", "H"})["result"]["owner"] == "A");
  expect_refused(book(rig, {"bump-epoch", "--expect", "0"}), "stale_epoch");
  expect_refused(reserve(rig, "1", {"--epoch", "0"}), "stale_epoch");
  BOOST_TEST(reserve(rig, "1", {"--epoch", "1", "--fence", "nightly:1"})["outcome"] == "accepted");
  expect_agreement(rig);
  expect_safe(rig);

  const Json slots = rig.ask({"log", "--replica", "0"})["slots"];
  const auto command = [&](std::size_t slot) { return slots[slot]["commands"][0]["command"]; };
  BOOST_TEST((command(1) == Json{{"kind", "assign-shard"}, {"shard", "H"}, {"owner", "A"}, {"expect_epoch", 0}}));
  BOOST_TEST((command(3) == Json{{"kind", "bump-epoch"}, {"expect", 0}}));
  BOOST_TEST((command(4) == Json{{"kind", "acquire"}, {"job", "nightly"}, {"candidate", "A"}, {"ttl", 3600}}));
  const Json expected = {{"kind", "reserve"}, {"voyage", "V"},        {"class", "C"},
                         {"booking", 1},      {"fence", "nightly:1"}, {"epoch", 1}};
  BOOST_TEST((command(slots.size() - 1) == expected), command(slots.size() - 1).dump());
}

BOOST_AUTO_TEST_SUITE_END()

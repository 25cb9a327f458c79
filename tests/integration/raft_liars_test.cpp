// One lying replica of a real Raft group: what comes of each lie, where nobody may lie.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "adversary/strategies.hpp"
#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

// How a lie shows to who asks for bookings; what the stores say is another matter.
enum class Service { all_answered, some_answered };
// Where it shows for certain, if anywhere.
enum class Trace { none, logs_differ, terms_run_away };

struct Case {
  int liar;
  const char* strategy;
  Service service;
  Trace trace = Trace::none;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.liar << "=" << c.strategy; }

const Case kCases[] = {
    {0, "silent:from=20", Service::all_answered},  // a leader that crashes, as far as anybody can see
    {0, "slow:delay_ms=50", Service::all_answered},
    {0, "forge", Service::all_answered, Trace::logs_differ},
    {1, "double-vote", Service::all_answered},
    {0, "bad-view-change", Service::some_answered},
    {1, "bad-new-view:from=5", Service::some_answered},
    {1, "view-flood:from=5", Service::some_answered, Trace::terms_run_away},
    {0, "replay", Service::all_answered},
    {0, "lie-to-clients", Service::some_answered},
    {1, "bad-transfer", Service::all_answered},
    {0, "corrupt", Service::some_answered},  // what a flipped bit hits is chance
    {0, "random", Service::some_answered},
};

Json slots_of(const HarborRig& rig, int id) { return rig.ask({"log", "--replica", std::to_string(id)})["slots"]; }

std::size_t slots_that_differ(const Json& a, const Json& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i]["digest"] != b[i]["digest"];
  return count;
}

// To which booking the suite was sold, by one replica's log.
Json buyer_of(const Json& slots, const std::string& suite) {
  for (const Json& slot : slots) {
    for (const Json& result : slot["results"]) {
      if (result["outcome"] == "accepted" && result["result"].is_object() &&
          result["result"].value("suite", "") == suite)
        return result["result"]["booking"];
    }
  }
  return nullptr;
}

void expect_leader(const HarborRig& rig, int id) {
  BOOST_TEST_REQUIRE(wait_until([&] {
    const Json status = rig.status();
    return std::ranges::any_of(status["replicas"],
                               [&](const Json& r) { return r["id"] == id && r["role"] == "leader"; });
  }));
}

Words raft_with_faults() { return {"--engine", "raft", "--fault-injection"}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(raft_liars)

BOOST_AUTO_TEST_CASE(every_strategy_is_run_here) {
  for (const std::string_view name : breakwater::adversary::strategy_names(breakwater::adversary::Group::raft)) {
    const bool is_run = name == "equivocate" || name == "censor" || std::ranges::any_of(kCases, [&](const Case& c) {
                          const std::string_view text = c.strategy;
                          return text.substr(0, text.find(':')) == name;
                        });
    BOOST_TEST(is_run, name);
  }
}

// Everybody is answered, and the logs of two honest replicas tell two stories.
BOOST_AUTO_TEST_CASE(an_equivocating_leader_splits_the_logs) {
  constexpr int kCommands = 400;
  const HarborRig rig(raft_with_faults());
  rig.start({"--byzantine", "0=equivocate"});
  expect_leader(rig, 0);
  expect_all_answered(rig.run({"replay", rig.trace(1, kCommands).string(), "--desks", "8", "--json"}), kCommands);
  rig.stop();
  const Json first = slots_of(rig, 1), second = slots_of(rig, 2);
  BOOST_TEST(std::min(first.size(), second.size()) > 10u);
  BOOST_TEST(slots_that_differ(first, second) > 5u);
  const Finished audit = rig.run({"audit", "--json"});
  BOOST_TEST(audit.exit_code == 1, audit);
  const Json report = audit.json();
  BOOST_TEST(report["verdict"] == "violated");
  BOOST_TEST(report["survives"] == "1 of 3 may crash; none may lie");
  BOOST_TEST(report["conflicts"].size() >= slots_that_differ(first, second));
  BOOST_TEST(!report["double_sold"].empty());
  BOOST_TEST(report["accused"].empty());  // nothing is signed
  BOOST_TEST(report["accountability"] == "indeterminate");
}

BOOST_AUTO_TEST_CASE(one_suite_is_sold_to_two_bookings) {
  const HarborRig rig(raft_with_faults());
  rig.start({"--byzantine", "0=equivocate"});
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "S", "--names", "S11,S12"});
  Process one =
      rig.begin({"book", "--as", "desk-1", "reserve", "--voyage", "V", "--suite", "S12", "--booking", "8841"});
  Process two =
      rig.begin({"book", "--as", "desk-2", "reserve", "--voyage", "V", "--suite", "S12", "--booking", "8849"});
  BOOST_TEST(one.finish().exit_code + two.finish().exit_code == 1);  // one sold, one refused: so the clients are told
  Json first, second;
  BOOST_TEST(wait_until([&] {
    first = buyer_of(slots_of(rig, 1), "S12");
    second = buyer_of(slots_of(rig, 2), "S12");
    return !first.is_null() && !second.is_null();
  }));
  BOOST_TEST(first != second, first.dump() << " and " << second.dump());
}

BOOST_AUTO_TEST_CASE(a_censored_client_waits_in_vain) {
  const HarborRig rig(raft_with_faults());
  rig.start({"--byzantine", "0=censor:client=desk-2"});
  expect_leader(rig, 0);
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "C", "--suites", "4"});
  const Words reserve = {"reserve", "--voyage", "V", "--class", "C"};
  const auto book = [&](const std::string& desk, const std::string& booking) {
    Words words = {"book", "--as", desk, "--timeout", "2"};
    words.insert(words.end(), reserve.begin(), reserve.end());
    words.insert(words.end(), {"--booking", booking});
    return rig.run(words).exit_code;
  };
  BOOST_TEST(book("desk-2", "101") == 3);
  BOOST_TEST(book("desk-1", "102") == 0);
  BOOST_TEST(book("desk-2", "103") == 3);
}

BOOST_DATA_TEST_CASE(one_liar_of_three, boost::unit_test::data::make(kCases), c) {
  const bool all = c.service == Service::all_answered;
  const int commands = all ? 100 : 32;  // each that is not answered takes its whole timeout
  const HarborRig rig(raft_with_faults());
  rig.start({"--byzantine", std::to_string(c.liar) + "=" + c.strategy});
  const Finished replay =
      rig.run({"replay", rig.trace(3, commands).string(), "--desks", "8", "--timeout", all ? "60" : "2", "--json"});
  if (all) expect_all_answered(replay, commands);
  else BOOST_TEST((replay.exit_code == 0 || replay.exit_code == 3), replay);
  if (c.trace == Trace::logs_differ) {
    BOOST_TEST(wait_until([&] { return slots_that_differ(slots_of(rig, 0), slots_of(rig, 1)) > 0; }));
  }
  if (c.trace == Trace::terms_run_away) {
    BOOST_TEST(wait_until([&] { return rig.status()["replicas"][0]["view"] > 1000; }));
  }
  // The lie was told by this replica only, and nobody stopped for it.
  for (const Json& replica : rig.status()["replicas"]) {
    const Json expected = replica["id"] == c.liar ? Json(c.strategy) : Json(nullptr);
    BOOST_TEST(replica["byzantine"] == expected, replica.dump());
    BOOST_TEST(replica["up"] == true, replica.dump());
  }
}

BOOST_AUTO_TEST_SUITE_END()

// More than f replicas that lie together, as users start them: agreement breaks, and the stores name who broke it (row
// 20).
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "audit/audit.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(colluders)

// Each knows the others.
static std::map<std::uint32_t, std::string> colluding(const Ids& ids) {
  std::map<std::uint32_t, std::string> out;
  for (const std::uint32_t id : ids) {
    std::string with;
    for (const std::uint32_t other : ids) {
      if (other != id) with += (with.empty() ? "" : "+") + std::to_string(other);
    }
    out[id] = "collude:from=2" + (with.empty() ? "" : ",with=" + with);
  }
  return out;
}

static audit::Report examine(Stage& stage) {
  std::map<ReplicaId, const Store*> stores;
  for (std::uint32_t id = 0; id < stage.replicas(); ++id) {
    if (stage.is_up(id)) stores[ReplicaId(id)] = &stage.store(id);
  }
  const audit::Group group{{stage.roster(), audit::decode_pbft_slot, {stage.config(0).checkpoint_interval}},
                           audit::SignedGroup{stage.crypto(), stage.config(0)}};
  return audit::examine(group, stores, [](ReplicaId, SequenceNumber) {});
}

static Ids accused(const audit::Report& report) {
  Ids ids;
  for (const ReplicaId id : report.accused) ids.insert(id.value);
  return ids;
}

// The correct replicas of the two halves cannot hear each other.
static void part_the_victims(Stage& stage) {
  const Ids correct = stage.correct();
  std::map<std::uint32_t, bool> half;
  for (const std::uint32_t id : correct) half[id] = half.size() < correct.size() / 2;
  stage.rule([half](ReplicaId from, ReplicaId to, const Message&) {
    const auto a = half.find(from.value), b = half.find(to.value);
    return a == half.end() || b == half.end() || a->second == b->second;
  });
}

static void race_for_a_suite(Stage& stage) {
  stage.open();
  part_the_victims(stage);
  stage.reserve(1, 101);
  stage.reserve(2, 102);
  stage.run_for(1500);
}

BOOST_AUTO_TEST_CASE(hazard_20_two_colluders_sell_a_suite_twice_and_are_named) {
  Stage stage(group_of(4, colluding({0, 1})));
  race_for_a_suite(stage);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
  const Ids guilty{0, 1};
  for (const bool talking_again : {false, true}) {
    if (talking_again) {
      stage.reunite();
      stage.run_for(20'000);
    }
    const audit::Report report = examine(stage);
    BOOST_TEST(report.violated());
    BOOST_TEST(!report.conflicts.empty());
    BOOST_TEST(!report.double_sold.empty());
    BOOST_TEST((report.accountability == audit::Accountability::complete));
    BOOST_TEST(accused(report) == guilty, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(hazard_20_three_colluders_of_seven) {
  Stage stage(group_of(7, colluding({0, 3, 5})));
  race_for_a_suite(stage);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
  const Ids guilty{0, 3, 5};
  const audit::Report report = examine(stage);
  BOOST_TEST((report.accountability == audit::Accountability::complete));
  BOOST_TEST(accused(report) == guilty, boost::test_tools::per_element());
}

// What the naming across views lives on: whoever enters a view keeps the new-view, of so many view numbers and no more.
BOOST_AUTO_TEST_CASE(hazard_20_new_views_are_kept) {
  Stage stage(group_of(4, {{0, "silent"}}));
  stage.submit(1, booking::Show{"V", std::nullopt, std::nullopt});
  BOOST_TEST(stage.answered());
  stage.run_for(1000);
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    std::vector<std::uint64_t> views;
    BOOST_REQUIRE(stage.store(id).scan(Table::transcripts, {}, [&](ByteView, ByteView value) {
      const auto kept = pbft::decode_transcript(value);
      BOOST_REQUIRE(kept != nullptr);
      views.push_back(kept->view().value);
      return true;
    }));
    BOOST_TEST(views == std::vector<std::uint64_t>{1}, boost::test_tools::per_element());
  }
}

// Within the budget the same lies sell nothing twice, whatever the network does.
BOOST_DATA_TEST_CASE(hazard_20_f_colluders_break_nothing, boost::unit_test::data::make({4u, 7u}), replicas) {
  const Ids liars = replicas == 4 ? Ids{0} : Ids{0, 1};
  Stage stage(group_of(replicas, colluding(liars)));
  race_for_a_suite(stage);
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.heals_and_converges());
  for (const std::uint32_t id : stage.accused()) BOOST_TEST(liars.contains(id));
  const audit::Report report = examine(stage);
  BOOST_TEST(!report.violated());
  BOOST_TEST((report.accountability == audit::Accountability::no_conflict));
}

// f+1 colluders among many networks: parted now and then, lossy, slow, with deaths. Whenever a slot is decided twice at
// least f+1 are named; and whatever happens, nobody else.
static void swarm_of_colluders(std::uint32_t replicas, std::uint64_t seeds, std::uint64_t& conflicts) {
  const std::uint32_t f = (replicas - 1) / 3;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    sim::Random random(seed);
    Ids liars;
    while (liars.size() < f + 1) liars.insert(static_cast<std::uint32_t>(random.below(replicas)));
    sim::ClusterOptions options = group_of(replicas, colluding(liars));
    options.seed = seed;
    options.max_delay_ms = 4 + random.below(40);
    options.drop_percent = static_cast<std::uint32_t>(random.below(10));
    options.duplicate_percent = static_cast<std::uint32_t>(random.below(10));
    Stage stage(options);
    stage.open();
    booking::BookingNumber booking = 100;
    for (int round = 0; round < 6; ++round) {
      if (random.below(3) != 0) part_the_victims(stage);
      else stage.reunite();
      const std::uint64_t asking = 1 + random.below(4);
      for (std::uint64_t i = 0; i < asking; ++i) {
        stage.reserve(1 + static_cast<std::uint32_t>(random.below(8)), ++booking);
      }
      stage.run_for(200 + random.below(4000));
      const auto victim = static_cast<std::uint32_t>(random.below(replicas));
      if (random.below(4) == 0 && stage.is_up(victim)) {
        stage.crash(victim);
        stage.run_for(random.below(500));
        stage.restart(victim);
      }
    }
    stage.reunite();
    stage.run_for(10'000);
    const audit::Report report = examine(stage);
    const std::string where = "seed " + std::to_string(seed) + " of " + std::to_string(replicas);
    for (const std::uint32_t id : accused(report)) BOOST_TEST(liars.contains(id), where << ": accuses " << id);
    for (const std::uint32_t id : stage.accused()) BOOST_TEST(liars.contains(id), where << ": convicts " << id);
    const bool answers = report.conflicts.empty() || report.accountability == audit::Accountability::complete;
    BOOST_TEST(answers, where << ": " << report.indeterminate_because);
    conflicts += !report.conflicts.empty();
  }
}

BOOST_AUTO_TEST_CASE(hazard_20_whenever_agreement_breaks_the_guilty_are_named) {
  std::uint64_t conflicts = 0;
  swarm_of_colluders(4, 150, conflicts);
  BOOST_TEST(conflicts > 20u);
  conflicts = 0;
  swarm_of_colluders(7, 100, conflicts);
  BOOST_TEST(conflicts > 5u);
}

BOOST_AUTO_TEST_SUITE_END()

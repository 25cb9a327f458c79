// Lying Raft replicas: which strategies there are, who leads, and that each lies as its name says and not before
// `from`.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "raft/messages.hpp"
#include "sim/run.hpp"

using namespace breakwater;
using adversary::Group;

namespace {

sim::ClusterOptions group_of_three(const std::string& strategy) {
  sim::ClusterOptions options;
  options.engine = sim::Engines::raft;
  options.replicas = 3;
  options.byzantine[0] = strategy;
  return options;
}

std::vector<std::string> raft_strategies() {
  const auto names = adversary::strategy_names(Group::raft);
  return {names.begin(), names.end()};
}

void serve(sim::Cluster& world, std::uint32_t calls) {
  world.submit(0, booking::Open{"V", "A", 200, {}});
  for (std::uint32_t i = 1; i <= calls; ++i) {
    world.submit(1 + i % 16, booking::Reserve{{"V", std::nullopt, "A"}, i, {}});
    world.run_for(20);
  }
  BOOST_TEST(world.run_until([&] { return world.all_answered(); }, 60'000));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(raft_liars)

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_with_the_reason_and_the_names) {
  for (const char* name : {"bad-checkpoint", "collude"}) {
    BOOST_TEST(adversary::parse_strategy(name).has_value());
    const auto refused = adversary::parse_strategy(name, Group::raft);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().find("makes no sense in a raft group: ") != std::string::npos);
    BOOST_TEST(refused.error().find('\n') == std::string::npos);
    for (const std::string& known : raft_strategies()) {
      BOOST_TEST(refused.error().find(known) != std::string::npos, known);
    }
  }
  BOOST_TEST(raft_strategies().size() + 2 == adversary::strategy_names().size());
  BOOST_TEST(!adversary::parse_strategy("honest", Group::raft).has_value());
}

BOOST_DATA_TEST_CASE(nobody_lies_before_from, boost::unit_test::data::make(raft_strategies()), name) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    sim::PlanOptions options;
    options.engine = sim::Engines::raft;
    options.replicas = 3;
    options.byzantine[0] = name + ":from=1000000";
    const auto outcome = sim::run(sim::make_plan(seed, options));
    if (outcome.violation) BOOST_ERROR(outcome.violation->property << ": " << outcome.violation->detail);
  }
}

BOOST_DATA_TEST_CASE(a_liar_that_must_lead_does,
                     boost::unit_test::data::make(std::vector<std::string>{"equivocate", "forge", "censor:client=3",
                                                                           "slow:delay_ms=40", "lie-to-clients"}),
                     strategy) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::ClusterOptions options = group_of_three(strategy);
    options.seed = seed;
    sim::Cluster world(options);
    world.run_for(2'000);
    BOOST_TEST(world.status(0).role == "leader", "seed " << seed);
    BOOST_TEST(world.status(0).view.value == 1u);
  }
}

// Half of the followers each: another story for each index, and the same one whenever it is told again.
BOOST_AUTO_TEST_CASE(an_equivocator_tells_everybody_one_story_of_his_own) {
  sim::ClusterOptions options = group_of_three("equivocate");
  options.drop_percent = 20;
  sim::Cluster world(options);
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::map<std::uint32_t, Digest>> told;
  std::uint64_t again = 0;
  world.on_send = [&](std::uint64_t, std::uint32_t, std::uint32_t to, const Message& message) {
    const auto* append = dynamic_cast<const raft::AppendEntries*>(&message);
    if (append == nullptr) return;
    SequenceNumber n = append->previous_index;
    for (const raft::Entry& entry : append->entries) {
      n = n.next();
      const auto [held, is_new] = told[{n.value, entry.term.value}].try_emplace(to, digest_of(entry));
      again += is_new ? 0 : 1;
      BOOST_TEST((held->second == digest_of(entry)), "slot " << n.value << " to " << to);
    }
  };
  serve(world, 100);
  BOOST_TEST(again > 10u);
  const auto differ = std::ranges::count_if(
      told, [](const auto& entry) { return entry.second.size() == 2 && entry.second.at(1) != entry.second.at(2); });
  BOOST_TEST(differ > 50);
}

BOOST_AUTO_TEST_CASE(slow_delays_each_answer_and_keeps_its_office) {
  sim::Cluster world(group_of_three("slow:delay_ms=400"));
  world.submit(0, booking::Open{"V", "A", 20, {}});
  BOOST_TEST(world.run_until([&] { return world.all_answered(); }, 10'000));
  for (std::uint32_t i = 1; i <= 5; ++i) {
    const std::uint64_t before = world.now_ms();
    world.submit(i, booking::Reserve{{"V", std::nullopt, "A"}, i, {}});
    BOOST_TEST(world.run_until([&] { return world.all_answered(); }, 10'000));
    BOOST_TEST(world.now_ms() - before >= 400u);
  }
  BOOST_TEST(world.status(1).view.value == 1u);
}

BOOST_DATA_TEST_CASE(a_liar_lies_the_same_way_again, boost::unit_test::data::make(raft_strategies()), name) {
  const auto story = [&] {
    sim::Cluster world(group_of_three(name));
    world.submit(0, booking::Open{"V", "A", 20, {}});
    for (std::uint32_t i = 1; i <= 20; ++i) {
      world.submit(i % 16, booking::Reserve{{"V", std::nullopt, "A"}, i, {}});
      world.run_for(100);
    }
    return world.trace_hash();
  };
  BOOST_TEST(story() == story());
}

BOOST_AUTO_TEST_SUITE_END()

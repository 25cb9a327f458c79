// Raft in the simulated world: seeded swarms, and scenarios that each show one part of it at work.
//   breakwater sim --engine raft --seeds A..B --replicas mixed
#include <boost/test/unit_test.hpp>

#include "raft/messages.hpp"
#include "sim/raft_oracles.hpp"
#include "sim/run.hpp"

namespace breakwater::sim {
namespace {

PlanOptions raft_worlds(Profile profile) {
  PlanOptions options;
  options.engine = Engines::raft;
  options.replicas = 0;
  options.profile = profile;
  return options;
}

void expect_clean(Profile profile, std::uint64_t seeds, const char* more) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Outcome outcome = run(make_plan(seed, raft_worlds(profile)));
    if (!outcome.violation) continue;
    BOOST_ERROR("seed " << seed << ": " << outcome.violation->property << ": " << outcome.violation->detail
                        << "\nrerun: breakwater sim --engine raft --replicas mixed " << more << "--seed " << seed);
  }
}

// A group of three whose test gives the faults, and the oracles that judge it.
struct Group {
  explicit Group(std::uint64_t log_window = 32, std::uint64_t snapshot_lag = 256)
      : world(options(log_window, snapshot_lag)) {
    world.on_send = [this](std::uint64_t, std::uint32_t, std::uint32_t, const Message& m) {
      ++sent[std::string(m.name())];
    };
    world.observe(oracles);
    BOOST_REQUIRE(world.run_until([&] { return leader().has_value(); }, 10'000));
  }
  ~Group() {
    BOOST_TEST(!oracles.violation().has_value(),
               (oracles.violation() ? oracles.violation()->property + ": " + oracles.violation()->detail : ""));
    BOOST_TEST(world.violation().empty(), world.violation());
  }
  static ClusterOptions options(std::uint64_t log_window, std::uint64_t snapshot_lag) {
    ClusterOptions o;
    o.engine = Engines::raft;
    o.replicas = 3;
    o.log_window = log_window;
    o.snapshot_lag = snapshot_lag;
    return o;
  }

  std::optional<std::uint32_t> leader() {
    std::optional<std::uint32_t> found;
    ViewNumber term;
    for (std::uint32_t id = 0; id < 3; ++id) {
      if (!world.is_up(id) || world.status(id).role != "leader" || world.status(id).view < term) continue;
      found = id;
      term = world.status(id).view;
    }
    return found;
  }
  std::uint32_t follower() { return (*leader() + 1) % 3; }
  // Opens a class once, then sells `count` of its suites.
  void sell(std::uint32_t count) {
    if (sold == 0) {
      world.submit(0, booking::Open{"V", "A", 500, {}});
      expect_answered();
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      ++sold;
      world.submit(1 + sold % 16, booking::Reserve{{"V", std::nullopt, "A"}, sold});
      world.run_for(20);
    }
  }
  void expect_answered() {
    BOOST_TEST(world.run_until([&] { return world.all_answered(); }, 30'000));
  }
  // It is down while they are sold, and comes back; which one it was.
  std::uint32_t let_a_follower_miss(std::uint32_t count) {
    const std::uint32_t late = follower();
    world.crash(late);
    sell(count);
    expect_answered();
    world.restart(late);
    expect_one_state();
    return late;
  }
  void expect_one_state() {
    BOOST_TEST(world.run_until(
        [&] {
          for (std::uint32_t id = 0; id < 3; ++id) {
            if (!world.is_up(id) || world.replica(id).executed() != world.replica(0).executed()) return false;
          }
          return true;
        },
        30'000));
    for (std::uint32_t id = 1; id < 3; ++id) {
      BOOST_TEST((world.replica(id).state_digest() == world.replica(0).state_digest()));
    }
  }

  RaftOracles oracles;
  Cluster world;
  std::map<std::string, std::uint64_t> sent;
  std::uint32_t sold = 0;
};

BOOST_AUTO_TEST_SUITE(raft_worlds_suite)

BOOST_AUTO_TEST_CASE(every_seed_is_safe_and_then_live) { expect_clean(Profile::mixed, 300, ""); }

// 981, of mixed sizes: a fetch waited again and again for a donor that had died, while the others held a newer
// checkpoint.
BOOST_AUTO_TEST_CASE(seeds_that_once_failed) {
  for (const std::uint64_t seed : {981u}) {
    const Outcome outcome = run(make_plan(seed, raft_worlds(Profile::mixed)));
    BOOST_TEST(!outcome.violation.has_value(), "seed " << seed);
  }
  // Of three replicas. 16358, 16961: the world told its oracles of what a full disk had not taken. 9606: every second
  // part of a state was asked of the dead one.
  PlanOptions of_three = raft_worlds(Profile::mixed);
  of_three.replicas = 3;
  for (const std::uint64_t seed : {9606u, 16358u, 16961u}) {
    const Outcome outcome = run(make_plan(seed, of_three));
    BOOST_TEST(!outcome.violation.has_value(), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(brutal_seeds) { expect_clean(Profile::brutal, 60, "--profile brutal "); }

// The canary: when one vote is a majority the checkers must object, or they sleep.
BOOST_AUTO_TEST_CASE(the_canary_fails) {
  std::set<std::string> properties;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Plan plan = make_plan(seed, raft_worlds(Profile::brutal));
    plan.options.weakened_quorum = 1;
    if (const auto violation = run(plan).violation) properties.insert(violation->property);
  }
  BOOST_TEST(properties.contains("election-safety"));
}

BOOST_AUTO_TEST_CASE(a_calm_group_keeps_its_leader) {
  Group group;
  group.sell(50);
  group.expect_answered();
  group.expect_one_state();
  BOOST_TEST(group.world.status(*group.leader()).view.value == 1u);
}

BOOST_AUTO_TEST_CASE(a_dead_leader_is_replaced_and_nothing_is_forgotten) {
  Group group;
  group.sell(20);
  const std::uint32_t first = *group.leader();
  group.world.crash(first);
  group.sell(20);
  group.expect_answered();
  BOOST_TEST(*group.leader() != first);
  group.world.restart(first);
  group.expect_one_state();
}

// The minority's leader steps down, accepts nothing, and resurrects nothing.
BOOST_AUTO_TEST_CASE(a_leader_without_a_majority_steps_down) {
  Group group;
  group.sell(5);
  group.expect_answered();
  const std::uint32_t stale = *group.leader();
  group.world.isolate(stale);
  const SequenceNumber before = group.world.status(stale).chosen;
  BOOST_TEST(group.world.run_until([&] { return group.world.status(stale).role != "leader"; }, 10'000));
  group.sell(5);
  group.expect_answered();
  BOOST_TEST((group.world.status(stale).chosen == before));
  group.world.heal();
  group.expect_one_state();
}

// Pre-vote: whoever was cut off does not depose the leader when it is back.
BOOST_AUTO_TEST_CASE(an_isolated_follower_disturbs_nobody) {
  Group group;
  const std::uint32_t leader = *group.leader();
  group.world.isolate(group.follower());
  group.world.run_for(20'000);
  group.world.heal();
  group.sell(5);
  group.expect_answered();
  BOOST_TEST(*group.leader() == leader);
  BOOST_TEST(group.world.status(leader).view.value == 1u);
}

BOOST_AUTO_TEST_CASE(a_follower_behind_the_memory_gets_slots_from_the_archive) {
  Group group(8);
  group.let_a_follower_miss(60);
  BOOST_TEST(group.sent["committed-slot"] > 0u);
  BOOST_TEST(group.sent["install-snapshot"] == 0u);
}

BOOST_AUTO_TEST_CASE(a_follower_far_behind_gets_a_snapshot) {
  Group group(8, 16);
  const std::uint32_t late = group.let_a_follower_miss(80);
  BOOST_TEST(group.sent["install-snapshot"] > 0u);
  // It starts again from what it installed.
  group.world.crash(late);
  group.world.restart(late);
  group.sell(10);
  group.expect_answered();
  group.expect_one_state();
}

// Read-index: a read takes no slot, and sees everything that was answered before it was asked.
BOOST_AUTO_TEST_CASE(reads_take_no_slot) {
  Group group;
  group.sell(3);
  group.expect_answered();
  const SequenceNumber before = group.world.status(*group.leader()).chosen;
  const std::size_t call = group.world.submit(2, booking::Show{std::nullopt, std::nullopt, 3});
  group.expect_answered();
  BOOST_REQUIRE(group.world.call(call).result.has_value());
  BOOST_TEST(group.world.call(call).result->accepted);
  BOOST_TEST((group.world.status(*group.leader()).chosen == before));
}

// The state's time is that of the last slot: of a hold that has ended since, a read without a slot would not know.
BOOST_AUTO_TEST_CASE(a_read_knows_what_has_ended_since_the_last_slot) {
  Group group;
  group.sell(1);
  group.world.submit(1, booking::Hold{{"V", std::nullopt, "A"}, 700, 2});
  group.world.submit(2, booking::Acquire{"J", "somebody", 2});
  group.expect_answered();
  const auto show = [&](const booking::Command& command) {
    const std::size_t call = group.world.submit(3, command);
    group.expect_answered();
    return *group.world.call(call).result;
  };
  const booking::Show of_booking{std::nullopt, std::nullopt, 700};
  const SequenceNumber before = group.world.status(*group.leader()).chosen;
  BOOST_TEST(show(of_booking).accepted);
  BOOST_TEST((std::get<booking::JobView>(show(booking::ShowJob{"J"}).view).lease.has_value()));
  BOOST_TEST((group.world.status(*group.leader()).chosen == before));
  group.world.run_for(3'000);
  BOOST_TEST((show(of_booking).reason == booking::Reason::hold_expired));
  BOOST_TEST(!std::get<booking::JobView>(show(booking::ShowJob{"J"}).view).lease.has_value());
}

// A leader that was deposed without knowing it confirms no read.
BOOST_AUTO_TEST_CASE(a_cut_off_leader_answers_no_read) {
  Group group;
  group.sell(3);
  group.expect_answered();
  const std::uint32_t stale = *group.leader();
  group.world.isolate(stale);
  const std::size_t call = group.world.submit(2, booking::Show{std::nullopt, std::nullopt, 3});
  group.world.run_for(250);  // before its client asks the others
  BOOST_TEST(!group.world.call(call).result.has_value());
  group.expect_answered();
  group.world.heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::sim

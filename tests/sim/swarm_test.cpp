// Seeded worlds. A failing seed is printed with the one command that reruns it; more of them:
//   breakwater sim --seeds A..B --replicas mixed
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "crypto/keys.hpp"
#include "sim/run.hpp"

namespace breakwater::sim {
namespace {

struct Crypto {
  Crypto() { BOOST_REQUIRE(!crypto_start().has_value()); }
};

std::string rerun(std::uint64_t seed, const std::string& more) {
  return "\nrerun: breakwater sim --seed " + std::to_string(seed) + " " + more;
}

PlanOptions mixed(Profile profile = Profile::mixed) {
  PlanOptions options;
  options.replicas = 0;
  options.profile = profile;
  return options;
}

// Sums of many worlds, for what must have happened in some of them.
struct Sums {
  FaultCounts faults;
  std::uint64_t moved = 0, worlds = 0;
  void add(const Outcome& outcome) {
    for (const auto& [name, count] : outcome.faults) faults[name] += count;
    moved += outcome.highest_view > 0;
    ++worlds;
  }
};

void expect_clean(std::uint64_t seed, const Plan& plan, const std::string& more, Sums& sums) {
  const Outcome outcome = run(plan);
  if (outcome.violation) {
    BOOST_ERROR("seed " << seed << ": " << outcome.violation->property << ": " << outcome.violation->detail
                        << rerun(seed, more));
  }
  sums.add(outcome);
}

BOOST_TEST_GLOBAL_FIXTURE(Crypto);

BOOST_AUTO_TEST_SUITE(swarm)

BOOST_AUTO_TEST_CASE(every_seed_is_safe_and_then_live) {
  Sums sums;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    expect_clean(seed, make_plan(seed, mixed()), "--replicas mixed", sums);
  }
  // The faults took effect, or the swarm proves nothing.
  BOOST_TEST(sums.moved > 100u);
  for (const std::string_view name : kFaultNames) {
    if (name == kFaultNames[static_cast<std::size_t>(FaultKind::isolate)]) continue;  // counted as a partition
    BOOST_TEST(sums.faults[std::string(name)] > 0u, name << " never took effect");
  }
  for (const char* name : {"message-lost", "message-repeated", "long-delay", "quorum-delayed", "message-clogged"}) {
    BOOST_TEST(sums.faults[name] > 100u, name << " hardly took effect");
  }
}

// 3888: who catches up behind a window full of votes holds one checkpoint's more than the bound said.
BOOST_AUTO_TEST_CASE(seeds_that_once_failed) {
  Sums sums;
  for (const std::uint64_t seed : {3888u}) expect_clean(seed, make_plan(seed, mixed()), "--replicas mixed", sums);
}

BOOST_AUTO_TEST_CASE(brutal_worlds) {
  Sums sums;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    expect_clean(seed, make_plan(seed, mixed(Profile::brutal)), "--replicas mixed --profile brutal", sums);
  }
}

BOOST_AUTO_TEST_CASE(calm_worlds_have_no_view_change) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome outcome = run(make_plan(seed, mixed(Profile::calm)));
    BOOST_TEST(!outcome.violation.has_value());
    BOOST_TEST(outcome.highest_view == 0u, "seed " << seed);
    BOOST_TEST(outcome.faults.empty());
  }
}

// What became of the commands of some worlds: "acquire accepted", "reserve under a token stale_token", ...
std::set<std::string> outcomes_of_calm_worlds() {
  std::set<std::string> met;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = make_plan(seed, mixed(Profile::calm));
    Cluster world(plan.options);
    for (const PlannedCommand& planned : plan.commands) {
      world.run_for(planned.at_ms - std::min(planned.at_ms, world.now_ms()));
      world.submit(planned.client, planned.command);
    }
    BOOST_TEST(world.run_until([&] { return world.all_answered(); }, 10'000));
    for (std::size_t i = 0; i < world.calls(); ++i) {
      const booking::Command& command = world.call(i).command;
      const booking::Guard guard = guard_of(command);
      met.insert(
          std::string(kind_of(command)) + (guard.fence ? " under a token" : "") + (guard.epoch ? " in an epoch" : "") +
          (world.call(i).result->accepted ? " accepted" : " " + std::string(name_of(world.call(i).result->reason))));
    }
  }
  return met;
}

BOOST_AUTO_TEST_CASE(the_commands_meet_the_rules_of_fencing) {
  const std::set<std::string> met = outcomes_of_calm_worlds();
  for (const char* outcome :
       {"acquire accepted", "acquire lease_held", "renew accepted", "renew stale_token", "release accepted",
        "release stale_token", "check-fence accepted", "check-fence stale_token", "bump-epoch accepted",
        "bump-epoch stale_epoch", "assign-shard accepted", "assign-shard stale_epoch", "reserve under a token accepted",
        "reserve under a token stale_token", "cancel under a token stale_token", "reserve in an epoch accepted",
        "reserve in an epoch stale_epoch"}) {
    BOOST_TEST(met.contains(outcome), "no world came to " << outcome);
  }
}

// Twins (Bano et al. 2020): two copies of one replica under one key. Every 97th of the enumerated schedules, and some
// random ones of larger groups; all of them by `breakwater sim --profile twins --seeds 1..16384`.
BOOST_AUTO_TEST_CASE(twins) {
  Sums sums;
  for (std::uint64_t seed = 1; seed <= 16'384; seed += 97) {
    PlanOptions options;
    options.profile = Profile::twins;
    options.commands = 30;
    expect_clean(seed, make_plan(seed, options), "--profile twins --commands 30", sums);
  }
  for (std::uint64_t seed = 20'001; seed <= 20'030; ++seed) {
    expect_clean(seed, make_plan(seed, mixed(Profile::twins)), "--profile twins --replicas mixed", sums);
  }
  BOOST_TEST(sums.moved * 2 > sums.worlds);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(simulator)

BOOST_AUTO_TEST_CASE(one_seed_is_one_world) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome once = run(make_plan(seed, mixed())), again = run(make_plan(seed, mixed()));
    BOOST_TEST(once.trace_hash == again.trace_hash, "seed " << seed);
    BOOST_TEST((once.faults == again.faults));
    BOOST_TEST(once.trace_hash != run(make_plan(seed + 1000, mixed())).trace_hash);
  }
}

// The canary: with a quorum of two the checkers must object, or they sleep.
Plan canary() {
  Plan plan = make_plan(1, {});
  plan.options.weakened_quorum = 2;
  plan.options.byzantine = {{0, "equivocate"}};
  return plan;
}

BOOST_AUTO_TEST_CASE(the_canary_fails) {
  const Outcome outcome = run(canary());
  BOOST_REQUIRE(outcome.violation.has_value());
  BOOST_TEST(!outcome.violation->property.empty());
}

BOOST_AUTO_TEST_CASE(a_failing_plan_shrinks) {
  const Plan plan = canary();
  const std::string property = run(plan).violation.value().property;
  const Plan small = shrink(plan, property, 200);
  const Outcome outcome = run(small);
  BOOST_REQUIRE(outcome.violation.has_value());
  BOOST_TEST(outcome.violation->property == property);
  BOOST_TEST(small.commands.size() < plan.commands.size());
  BOOST_TEST(small.faults.size() <= plan.faults.size());
  BOOST_TEST(!describe(small).empty());
}

BOOST_AUTO_TEST_CASE(real_signatures_are_used_on_one_seed_in_sixteen) {
  std::size_t real = 0;
  for (std::uint64_t seed = 1; seed <= 160; ++seed) real += make_plan(seed, mixed()).options.real_crypto;
  BOOST_TEST(real == 10u);
}

// A signature that is absent or forged is refused, by the stand-in and by Ed25519.
BOOST_DATA_TEST_CASE(nobody_signs_for_another, boost::unit_test::data::make({false, true}), real) {
  const Digest cluster = hash("a world", {});
  const StandInCrypto crypto(cluster, real);
  const Signatory one{SignerRole::replica, 1, Incarnation(0)}, two{SignerRole::replica, 2, Incarnation(0)};
  const Statement statement{StatementKind::commit, cluster, one, ViewNumber(0), SequenceNumber(1), hash("batch", {})};
  StandInSigner signer(crypto, one), other(crypto, two);
  BOOST_TEST(crypto.holds({statement, signer.sign(statement)}));
  BOOST_TEST(!crypto.holds({statement, Signature{}}));
  BOOST_TEST(!crypto.holds({statement, other.sign(statement)}));
  Statement as_two = statement;
  as_two.signer = two;
  BOOST_TEST(!crypto.holds({statement, other.sign(as_two)}));
  Statement elsewhere = statement;
  elsewhere.cluster = hash("another world", {});
  BOOST_TEST(!crypto.holds({elsewhere, signer.sign(elsewhere)}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::sim

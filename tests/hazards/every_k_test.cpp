// One script of 200 commands with a view change, checkpoints and a state transfer in it, and one fault at the k-th call
// of one replica to its disk or its network, for every k (rows 21 to 23, 25 and 27). All oracles must hold, everybody
// must be answered, and all must come to one state. CI takes every k-th k only; all of them:
//   BREAKWATER_EVERY_K=1 build/release/tests/test_hazards --run_test=every_k
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <tuple>

#include "sim/run.hpp"

using namespace breakwater;
using sim::Engines;
using sim::FaultKind;

namespace {

constexpr std::size_t kCommands = 200;
constexpr std::uint64_t kScriptMs = 9'000;
constexpr std::uint64_t kMendMs = 700;  // who is down starts again, and full disks have room, so often

// Whose calls are counted: the first primary (in a Raft group, mostly a follower), one that is a backup before and
// after the view change, and the one that is away until it must fetch the state (in a Raft group, replica 2).
struct Victim {
  Engines engine;
  std::uint32_t id;
};
std::ostream& operator<<(std::ostream& out, const Victim& victim) {
  return out << (victim.engine == Engines::raft ? "raft " : "pbft ") << victim.id;
}
const Victim kGroups[] = {{Engines::pbft, 0}, {Engines::raft, 0}};
const Victim kVictims[] = {
    {Engines::pbft, 0}, {Engines::pbft, 2}, {Engines::pbft, 3}, {Engines::raft, 0}, {Engines::raft, 2}};

std::uint64_t stride(std::uint64_t in_ci) {
  const char* chosen = std::getenv("BREAKWATER_EVERY_K");
  return chosen == nullptr ? in_ci : std::max<std::uint64_t>(1, std::strtoull(chosen, nullptr, 10));
}

void in_order(std::vector<sim::FaultEvent>& faults) {
  std::ranges::sort(faults, {}, [](const sim::FaultEvent& f) { return std::tuple(f.at_ms, f.kind, f.place); });
}

// Who is cut off, and when. A PBFT group changes its view for want of the first primary; who leads a Raft group first
// is its chance, so that each is cut off in turn. The last one misses more than its peers give it slot by slot.
struct Absence {
  std::uint32_t id;
  std::uint64_t from_ms, to_ms;
};
std::vector<Absence> absences(Engines engine) {
  if (engine == Engines::pbft) return {{0, 2'500, 3'700}, {3, 4'000, 7'600}};
  return {{0, 2'000, 2'900}, {1, 3'000, 3'900}, {2, 4'000, 7'600}};
}

// The first quarter of the commands is spread over the time before the last absence, the others over that.
std::uint64_t command_ms(Engines engine, std::uint64_t i) {
  const Absence last = absences(engine).back();
  constexpr std::uint64_t kBefore = kCommands / 4;
  if (i < kBefore) return i * last.from_ms / kBefore;
  return last.from_ms + (i - kBefore) * (last.to_ms - last.from_ms) / (kCommands - kBefore);
}

sim::Plan script(Engines engine) {
  sim::Plan plan;
  plan.options.engine = engine;
  plan.options.replicas = engine == Engines::raft ? 3 : 4;
  plan.options.view_change_timeout_ticks = 50;
  plan.options.view_change_timeout_cap_ticks = 800;
  plan.options.snapshot_lag = 64;
  plan.faults_end_ms = kScriptMs;
  plan.commands.push_back({0, 0, booking::Open{"V", "A", kCommands, {}}});
  for (std::uint64_t i = 1; i < kCommands; ++i) {
    const booking::BookingNumber booking = 1 + i / 2;
    const auto desk = static_cast<std::uint32_t>(1 + i % sim::Cluster::kDesks);
    const std::uint64_t at_ms = command_ms(engine, i);
    if (i % 2 == 0) plan.commands.push_back({at_ms, desk, booking::Reserve{{"V", std::nullopt, "A"}, booking}});
    else plan.commands.push_back({at_ms, desk, booking::Confirm{booking}});
  }
  for (std::uint64_t at_ms = kMendMs; at_ms < kScriptMs; at_ms += kMendMs) {
    for (std::uint32_t id = 0; id < plan.options.replicas; ++id) {
      plan.faults.push_back({at_ms, FaultKind::disk_room, id, 0, 0});
    }
    plan.faults.push_back({at_ms, FaultKind::restart, 0, 0, 0});
  }
  for (const Absence& absence : absences(engine)) {
    plan.faults.push_back({absence.from_ms, FaultKind::isolate, absence.id, 0, 0});
    plan.faults.push_back({absence.to_ms, FaultKind::heal, 0, 0, 0});
  }
  in_order(plan.faults);
  return plan;
}

// What the script asks of the victim's disk and network when nothing is done to it.
struct Calls {
  std::uint64_t commits = 0, sends = 0;
  std::vector<std::uint64_t> checkpoints;  // which of the commits save one
  std::vector<std::uint64_t> transfer;     // which of them keep, or install, a part of a fetched state
};

Calls calls_of(const Victim& victim) {
  Calls calls;
  sim::Cluster* world = nullptr;
  std::uint64_t before = 0;  // the script: what starting took
  const sim::Outcome outcome = sim::run(script(victim.engine), [&](sim::Cluster& cluster) {
    world = &cluster;
    before = cluster.commits(victim.id);
    cluster.on_commit = [&](std::uint32_t replica, std::span<const Record> records) {
      if (replica != victim.id) return;
      const auto touches = [&](Table table) {
        return std::ranges::find(records, table, &Record::table) != records.end();
      };
      if (touches(Table::roots)) calls.checkpoints.push_back(calls.commits);
      if (touches(Table::staging)) calls.transfer.push_back(calls.commits);
      calls.commits = world->commits(victim.id) - before;
      calls.sends = world->sends(victim.id);
    };
  });
  BOOST_REQUIRE_MESSAGE(!outcome.violation, outcome.violation->property << ": " << outcome.violation->detail);
  BOOST_TEST(outcome.highest_view > (victim.engine == Engines::pbft ? 0u : 1u));  // the view change is in it
  BOOST_REQUIRE(calls.checkpoints.size() >= (victim.engine == Engines::pbft ? 3u : 1u));
  BOOST_REQUIRE(calls.commits > 100u);
  if (victim.id == absences(victim.engine).back().id) BOOST_REQUIRE(calls.transfer.size() >= 2u);
  return calls;
}

// False when the fault did not come to pass: the victim made fewer calls of the kind.
bool holds_with(const Victim& victim, FaultKind kind, std::uint64_t k) {
  sim::Plan plan = script(victim.engine);
  plan.faults.insert(plan.faults.begin(), {0, kind, victim.id, 0, k});
  const sim::Outcome outcome = sim::run(plan);
  if (outcome.violation) {
    BOOST_ERROR(victim << ", k = " << k << ": " << outcome.violation->property << ": " << outcome.violation->detail);
  }
  return outcome.faults.contains(sim::kFaultNames[static_cast<std::size_t>(kind)]);
}

void at_every(const Victim& victim, FaultKind kind, std::uint64_t count, std::uint64_t step) {
  std::uint64_t came_to_pass = 0, tried = 0;
  for (std::uint64_t k = victim.id % step; k < count; k += step, ++tried) came_to_pass += holds_with(victim, kind, k);
  BOOST_TEST_MESSAGE(victim << ": " << tried << " of " << count);
  BOOST_TEST(came_to_pass == tried);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(every_k)

// Before the k-th send is after the one before it, or after the transaction between them.
BOOST_DATA_TEST_CASE(hazard_21_kill_before_every_send_of_a_script, kVictims, victim) {
  at_every(victim, FaultKind::crash_at_send, calls_of(victim).sends, stride(97));
}

BOOST_DATA_TEST_CASE(hazard_21_kill_at_every_transaction_of_a_script, kVictims, victim) {
  at_every(victim, FaultKind::crash_at_commit, calls_of(victim).commits, stride(61));
}

// Each dies in a transaction of its own, which is lost with some and kept with others, and then all at once.
BOOST_DATA_TEST_CASE(hazard_22_power_loss, kGroups, group) {
  const std::uint64_t worlds = 400 / stride(20);
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    sim::Random random(seed);
    sim::Plan plan = script(group.engine);
    plan.options.seed = seed;
    for (int times = 0; times < 3; ++times) {
      const std::uint64_t at_ms = random.below(kScriptMs);
      for (std::uint32_t id = 0; id < plan.options.replicas; ++id) {
        const FaultKind kind = random.percent(50) ? FaultKind::crash_at_commit : FaultKind::sync_error;
        plan.faults.push_back({at_ms, kind, id, 0, random.below(4)});
      }
      plan.faults.push_back({at_ms + random.below(200), FaultKind::kill_all, 0, 0, 0});
    }
    in_order(plan.faults);
    const sim::Outcome outcome = sim::run(plan);
    if (outcome.violation) {
      BOOST_ERROR("seed " << seed << ": " << outcome.violation->property << ": " << outcome.violation->detail);
    }
    BOOST_TEST(outcome.faults.contains("kill-all"));
  }
}

// With nothing written, and with everything written that the sync then says it failed for.
BOOST_DATA_TEST_CASE(hazard_23_io_error_at_every_transaction_of_a_script, kVictims, victim) {
  const std::uint64_t count = calls_of(victim).commits;
  at_every(victim, FaultKind::commit_error, count, stride(83));
  at_every(victim, FaultKind::sync_error, count, stride(61));
}

BOOST_DATA_TEST_CASE(hazard_25_full_disk_at_every_transaction_of_a_script, kVictims, victim) {
  at_every(victim, FaultKind::disk_full, calls_of(victim).commits, stride(61));
}

// Room on no disk at all: everybody waits, nobody dies, and all go on.
BOOST_DATA_TEST_CASE(hazard_25_all_disks_full_at_once, kGroups, group) {
  for (std::uint64_t k = 0; k < 100; k += stride(40)) {
    sim::Plan plan = script(group.engine);
    for (std::uint32_t id = 0; id < plan.options.replicas; ++id) {
      plan.faults.insert(plan.faults.begin(), {0, FaultKind::disk_full, id, 0, k});
    }
    const sim::Outcome outcome = sim::run(plan);
    if (outcome.violation) {
      BOOST_ERROR("k = " << k << ": " << outcome.violation->property << ": " << outcome.violation->detail);
    }
    BOOST_TEST(outcome.faults.at("disk-full") == plan.options.replicas);
  }
}

BOOST_DATA_TEST_CASE(hazard_27_crash_in_mid_checkpoint, kVictims, victim) {
  const std::vector<std::uint64_t> checkpoints = calls_of(victim).checkpoints;
  const std::uint64_t step = stride(5);
  for (std::size_t i = 0; i < checkpoints.size(); i += step) {
    for (const FaultKind kind : {FaultKind::crash_at_commit, FaultKind::sync_error, FaultKind::disk_full}) {
      BOOST_TEST(holds_with(victim, kind, checkpoints[i]));
    }
  }
}

BOOST_DATA_TEST_CASE(hazard_27_crash_in_mid_transfer_of_a_script, kGroups, group) {
  const Victim away{group.engine, absences(group.engine).back().id};
  for (const std::uint64_t k : calls_of(away).transfer) {
    for (const FaultKind kind : {FaultKind::crash_at_commit, FaultKind::sync_error, FaultKind::disk_full}) {
      BOOST_TEST(holds_with(away, kind, k));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

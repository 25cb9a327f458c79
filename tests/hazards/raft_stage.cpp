#include "tests/hazards/raft_stage.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

namespace breakwater::hazards {

using namespace sim;

namespace {

ClusterOptions raft_group(Liars liars, std::uint32_t replicas, std::uint64_t seed) {
  ClusterOptions options;
  options.engine = Engines::raft;
  options.replicas = replicas;
  options.seed = seed;
  options.byzantine = std::move(liars);
  return options;
}

PlanOptions raft_worlds(std::uint32_t replicas, Profile profile) {
  PlanOptions options;
  options.engine = Engines::raft;
  options.replicas = replicas;
  options.profile = profile;
  return options;
}

}  // namespace

RaftStage::RaftStage(Liars liars, std::uint32_t replicas, std::uint64_t seed)
    : world(raft_group(std::move(liars), replicas, seed)), replicas_(replicas) {
  world.observe(oracles);
}

void RaftStage::open() {
  world.submit(0, booking::Open{"V", "A", 0, {"S11", "S12"}});
  BOOST_TEST_REQUIRE(answered());
}

std::size_t RaftStage::reserve(std::uint32_t client, booking::BookingNumber booking, const std::string& suite) {
  return world.submit(client, booking::Reserve{{"V", suite, std::nullopt}, booking, {}});
}

bool RaftStage::answered(std::uint64_t limit_ms) {
  return world.run_until([&] { return world.all_answered(); }, limit_ms);
}

bool RaftStage::waits_until_leads(std::uint32_t id) {
  return world.run_until([&] { return world.status(id).role == "leader"; }, 10'000);
}

std::vector<std::uint32_t> RaftStage::correct() const {
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (!world.is_byzantine(id)) ids.push_back(id);
  }
  return ids;
}

void RaftStage::say_to_all(std::uint32_t liar, const MessagePtr& message) {
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (id != liar) world.inject(ReplicaId(liar), ReplicaId(id), message);
  }
}

std::vector<raft::ArchivedEntry> RaftStage::archive(std::uint32_t id) {
  std::vector<raft::ArchivedEntry> slots;
  const auto scanned = world.store(id).scan(Table::archive, {}, [&](ByteView, ByteView value) {
    slots.push_back(raft::decode_archived(value).value());
    return true;
  });
  BOOST_TEST_REQUIRE(scanned.has_value());
  return slots;
}

std::set<booking::BookingNumber> RaftStage::buyers_of(const std::string& suite) {
  std::set<booking::BookingNumber> buyers;
  for (const std::uint32_t id : correct()) {
    booking::BookingMachine machine;
    for (const raft::ArchivedEntry& slot : archive(id)) {
      if (slot.entry.batch == nullptr) continue;
      for (const RequestPtr& request : slot.entry.batch->requests) {
        const auto commands = decode_commands(request->body);
        machine.apply(commands.value().at(0),
                      {request->client, world.roster().client(request->client)->role, slot.entry.batch->time});
      }
    }
    for (const auto& taken : machine.occupied()) {
      if (taken.suite == suite) buyers.insert(taken.booking);
    }
  }
  return buyers;
}

std::uint64_t first_seed_that_violates(const std::string& property, const Liars& liars, Profile profile) {
  PlanOptions options = raft_worlds(3, profile);
  options.byzantine = liars;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const auto violation = run(make_plan(seed, options)).violation;
    if (!violation || violation->property != property) continue;
    BOOST_TEST_MESSAGE(property << " at seed " << seed << ": " << violation->detail);
    return seed;
  }
  return 0;
}

void expect_worlds_hold(const std::set<FaultKind>& kinds, std::uint32_t replicas, bool bad_network) {
  constexpr std::uint64_t kSeeds = 60;
  std::uint64_t took_effect = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan = make_plan(seed, raft_worlds(replicas, Profile::brutal));
    std::erase_if(plan.faults, [&](const FaultEvent& fault) {
      const bool ends =
          fault.kind == FaultKind::restart || fault.kind == FaultKind::heal || fault.kind == FaultKind::disk_room;
      return !ends && !kinds.contains(fault.kind);
    });
    ClusterOptions& o = plan.options;
    o.quorum_delay_ms = 0;
    if (!bad_network) o.drop_percent = o.duplicate_percent = o.tail_percent = 0;
    const Outcome outcome = run(plan);
    if (outcome.violation) {
      BOOST_ERROR("seed " << seed << ": " << outcome.violation->property << ": " << outcome.violation->detail);
    }
    for (FaultKind kind : kinds) {
      if (kind == FaultKind::isolate) kind = FaultKind::split;  // counted as one
      const auto count = outcome.faults.find(kFaultNames[static_cast<std::size_t>(kind)]);
      took_effect += count == outcome.faults.end() ? 0 : count->second;
    }
  }
  BOOST_TEST(took_effect >= 10u);
}

}  // namespace breakwater::hazards

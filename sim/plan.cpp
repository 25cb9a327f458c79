#include "sim/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "adversary/strategies.hpp"

namespace breakwater::sim {

namespace {

constexpr std::uint64_t kFaultPhaseMs = 16'000;
constexpr std::uint64_t kTimeoutTicks = 50, kTimeoutCapTicks = 800;
constexpr std::uint64_t kTwinPartitions = 8;  // of three others into two sides, the copies apart
constexpr std::uint64_t kTwinViews = 4;
constexpr std::size_t kJobs = 2;            // few, so that their candidates meet
constexpr std::uint64_t kTwinViewMs = 900;  // longer than the view-change timeout

// By time; what is planned for one moment stays in the order in which it was planned.
template <class Event>
void in_order(std::vector<Event>& events) {
  std::multimap<std::uint64_t, Event> sorted;
  for (Event& event : events) sorted.emplace(event.at_ms, std::move(event));
  events.clear();
  for (auto& [at_ms, event] : sorted) events.push_back(std::move(event));
}

class Planner {
 public:
  Planner(std::uint64_t seed, const PlanOptions& options)
      : random_(seed * 7919 + 1), readmissions_(seed * 104729 + 7), given_(options) {
    constexpr std::uint32_t kByzantineSizes[] = {4, 5, 7, 10};
    constexpr std::uint32_t kCrashSizes[] = {3, 4, 5, 7};
    const auto& sizes = given_.engine == Engines::raft ? kCrashSizes : kByzantineSizes;
    plan_.options.engine = given_.engine;
    plan_.options.seed = seed;
    plan_.options.replicas = given_.replicas == 0 ? sizes[random_.below(4)] : given_.replicas;
    plan_.options.view_change_timeout_ticks = kTimeoutTicks;
    plan_.options.view_change_timeout_cap_ticks = kTimeoutCapTicks;
    plan_.options.whole_rounds = random_.percent(50);
    plan_.options.real_crypto = seed % 16 == 3;
    const bool raft = given_.engine == Engines::raft;
    budget_ = (raft ? Quorums::crash(plan_.options.replicas) : Quorums::byzantine(plan_.options.replicas)).f;
    plan_.faults_end_ms = kFaultPhaseMs;
    if (raft) {
      plan_.options.log_window = random_.percent(50) ? 8 : 32;
      plan_.options.snapshot_lag = random_.percent(50) ? 8 : 256;
    } else if (seed % 2 == 0) {
      plan_.options.log_window = 2 * plan_.options.checkpoint_interval;  // who was away soon needs the whole state
    }
  }

  Plan make() {
    const bool calm = given_.profile == Profile::calm || (given_.profile == Profile::mixed && random_.percent(8));
    brutal_ = given_.profile == Profile::brutal || (given_.profile == Profile::mixed && random_.percent(8));
    if (given_.profile == Profile::twins) {
      twins();
    } else if (!calm) {
      network();
      liars();
      disturb();
    }
    if (!given_.byzantine.empty()) plan_.options.byzantine = given_.byzantine;
    commands();
    in_order(plan_.faults);
    return std::move(plan_);
  }

 private:
  bool chosen(std::uint32_t percent) { return random_.percent(brutal_ ? 95 : percent); }

  void network() {
    ClusterOptions& o = plan_.options;
    o.max_delay_ms = random_.between(1, 60);
    if (chosen(40)) o.drop_percent = static_cast<std::uint32_t>(random_.below(31));
    if (chosen(40)) o.duplicate_percent = static_cast<std::uint32_t>(random_.below(21));
    if (chosen(25)) {
      o.tail_percent = static_cast<std::uint32_t>(random_.between(1, 15));
      o.tail_ms = random_.between(50, 1500);
    }
    if (random_.percent(15)) o.quorum_delay_ms = random_.between(100, 900);
  }

  void liars() {
    if (!given_.byzantine.empty()) {
      budget_ -= std::min(budget_, static_cast<std::uint32_t>(given_.byzantine.size()));
      return;
    }
    if (given_.engine == Engines::raft || !chosen(55)) return;  // Raft promises nothing when one lies
    const std::vector<std::string_view> names = adversary::strategy_names();
    const std::uint64_t count = random_.between(1, budget_);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string strategy(names[random_.below(names.size())]);
      std::string options = options_of(strategy);
      if (random_.percent(30))
        options += (options.empty() ? "from=" : ",from=") + std::to_string(random_.between(1, 20));
      if (!options.empty()) strategy += ":" + options;
      // The first primaries are where a lie weighs most.
      const std::uint64_t among = random_.percent(60) ? 2 : plan_.options.replicas;
      plan_.options.byzantine[static_cast<std::uint32_t>(random_.below(among))] = strategy;
    }
    budget_ -= static_cast<std::uint32_t>(plan_.options.byzantine.size());
  }

  std::string options_of(std::string_view strategy) {
    if (strategy == "random") return "seed=" + std::to_string(random_.below(1'000'000));
    if (strategy == "slow") return "delay_ms=" + std::to_string(random_.between(10, 1500));
    if (strategy == "censor") return "client=" + std::to_string(random_.between(1, Cluster::kDesks));
    return {};
  }

  // Swarm testing: each seed has its own choice of kinds, so that some worlds are calm and some brutal.
  void disturb() {
    std::vector<FaultKind> kinds;
    for (std::size_t k = 0; k < kDrawnFaultKinds; ++k) {
      if (chosen(35)) kinds.push_back(static_cast<FaultKind>(k));
    }
    if (kinds.empty()) return;
    const std::uint64_t count = random_.between(3, brutal_ ? 30 : 16);
    for (std::uint64_t i = 0; i < count; ++i) add(kinds[random_.below(kinds.size())]);
    if (readmissions_.percent(15)) change_keys();
  }

  void add(FaultKind kind) {
    FaultEvent fault{random_.below(kFaultPhaseMs), kind, any(), any(), 0};
    switch (kind) {
      case FaultKind::crash: return with(fault, FaultKind::restart, 100, 4000);
      case FaultKind::crash_at_send: fault.value = random_.below(20); return with(fault, FaultKind::restart, 500, 5000);
      case FaultKind::crash_at_commit:
      case FaultKind::commit_error:
      case FaultKind::sync_error: fault.value = random_.below(10); return with(fault, FaultKind::restart, 500, 5000);
      case FaultKind::disk_full: fault.value = random_.below(10); return with(fault, FaultKind::disk_room, 500, 5000);
      case FaultKind::flip_bit:
      case FaultKind::wipe_disk:
        // A replica without its store counts among the f, as a liar does.
        if (budget_ == 0 || plan_.options.byzantine.contains(fault.place)) return;
        --budget_;
        fault.value = random_.next();
        plan_.faults.push_back(fault);
        return readmit_after(fault);
      case FaultKind::pause:
        fault.value = random_.percent(4) ? 60'000 : random_.between(100, 5000);
        plan_.faults_end_ms = std::max(plan_.faults_end_ms, fault.at_ms + fault.value);
        break;
      case FaultKind::isolate: return with(fault, FaultKind::heal, 300, 4000);
      case FaultKind::split: fault.value = random_.next(); return with(fault, FaultKind::heal, 300, 4000);
      case FaultKind::one_way:
        if (fault.place == fault.other) return;
        return with(fault, FaultKind::heal, 300, 4000);
      case FaultKind::clog:
      case FaultKind::swizzle: fault.value = random_.between(100, 3000); break;
      case FaultKind::replay_old: fault.value = random_.between(10, 256); break;
      case FaultKind::skew_clock:
        fault.value = static_cast<std::uint64_t>(static_cast<std::int64_t>(random_.below(7200)) - 3600) * 1'000'000;
        break;
      case FaultKind::lying_client: fault.value = random_.below(5); break;
      case FaultKind::impersonate: fault.value = random_.below(3); break;
      default: break;
    }
    plan_.faults.push_back(fault);
  }

  // A replica without a store is mostly readmitted some time later.
  void readmit_after(const FaultEvent& fault) {
    if (given_.engine == Engines::raft || !readmissions_.percent(60)) return;
    plan_.faults.push_back({fault.at_ms + readmissions_.between(300, 4000), FaultKind::readmit, fault.place, 0, 0});
  }

  // A healthy one that changes its keys counts among the f for a while: nobody counts its view-changes.
  void change_keys() {
    const auto place = static_cast<std::uint32_t>(readmissions_.below(plan_.options.replicas));
    if (given_.engine == Engines::raft || budget_ == 0 || plan_.options.byzantine.contains(place)) return;
    --budget_;
    plan_.faults.push_back({readmissions_.below(kFaultPhaseMs / 2), FaultKind::readmit, place, 0, 0});
  }

  // The fault, and mostly its end some time later.
  void with(const FaultEvent& fault, FaultKind end, std::uint64_t soonest_ms, std::uint64_t latest_ms) {
    plan_.faults.push_back(fault);
    if (!random_.percent(85)) return;
    plan_.faults.push_back({fault.at_ms + random_.between(soonest_ms, latest_ms), end, fault.place, 0, 0});
  }

  void twins() {
    ClusterOptions& o = plan_.options;
    std::uint64_t index = o.seed - 1;
    const bool exhaustive = o.replicas == 4 && index < 4 * 4096;
    const std::uint64_t phases = exhaustive ? kTwinViews : random_.between(4, 10);
    const auto twin = static_cast<std::uint32_t>(exhaustive ? index / 4096 : random_.below(o.replicas));
    o.twins.insert(twin);
    for (std::uint64_t phase = 0; phase < phases; ++phase, index /= kTwinPartitions) {
      std::uint64_t sides = random_.next();
      if (exhaustive) {
        // The three others by the index's digits; the first copy here, the second there.
        sides = 1u << o.replicas;
        std::uint64_t digit = index % kTwinPartitions;
        for (std::uint32_t id = 0; id < o.replicas; ++id) {
          if (id == twin) continue;
          sides |= (digit & 1) << id;
          digit >>= 1;
        }
      }
      plan_.faults.push_back({phase * kTwinViewMs, FaultKind::heal, 0, 0, 0});
      plan_.faults.push_back({phase * kTwinViewMs, FaultKind::split, 0, 0, sides});
    }
    plan_.faults_end_ms = phases * kTwinViewMs;
  }

  void commands() {
    plan_.commands.push_back({0, 0, booking::Open{"V", "A", 20, {}}});
    std::multiset<std::uint64_t> times;
    while (times.size() + 1 < given_.commands) times.insert(random_.below(plan_.faults_end_ms));
    for (const std::uint64_t at_ms : times) {
      at_ms_ = at_ms;
      plan_.commands.push_back({at_ms, static_cast<std::uint32_t>(random_.between(1, 16)), command()});
    }
  }

  booking::Command command() { return random_.percent(15) ? control_command() : booking_command(); }

  booking::Command control_command() {
    const std::size_t job = random_.below(kJobs);
    const std::string name = name_of_job(job);
    switch (random_.below(12)) {
      case 0: return booking::Renew{name, token(job), std::nullopt};
      case 1: return booking::Renew{name, token(job), random_.between(1, 5)};
      case 2: return booking::Release{name, token(job)};
      case 3: return booking::CheckFence{name, token(job)};
      case 4:
      case 5: return booking::BumpEpoch{epoch()};
      case 6: return booking::AssignShard{"H" + std::to_string(random_.below(2)), candidate(), epoch()};
      case 7: return booking::ShowJob{name};
      default: return acquire(job);
    }
  }

  // What the job's lease will be, if nothing comes in between: so that of the tokens that follow some are good, some
  // stale.
  booking::Command acquire(std::size_t job) {
    const std::uint64_t seconds = random_.between(1, 5);
    if (!runs(job)) leases_[job] = {leases_[job].token + 1, at_ms_ + seconds * 1000};
    return booking::Acquire{name_of_job(job), candidate(), seconds};
  }

  bool runs(std::size_t job) const { return leases_[job].ends_ms > at_ms_; }
  booking::Token token(std::size_t job) {
    const booking::Token expected = leases_[job].token;
    return random_.percent(60) ? expected : random_.between(0, expected + 1);
  }
  static std::string name_of_job(std::size_t job) { return "J" + std::to_string(job); }
  std::string candidate() { return "candidate-" + std::to_string(random_.below(3)); }
  booking::Epoch epoch() { return random_.below(3); }

  booking::Guard guard() {
    booking::Guard guard;
    if (!random_.percent(15)) return guard;
    std::size_t job = random_.below(kJobs);
    if (!runs(job)) job = (job + 1) % kJobs;
    if (random_.percent(70)) guard.fence = booking::Fence{name_of_job(job), token(job)};
    if (!guard.fence || random_.percent(20)) guard.epoch = epoch();
    return guard;
  }

  booking::Command booking_command() {
    const booking::BookingNumber number = random_.between(1, 60);
    booking::Target target{"V", std::nullopt, "A"};
    if (random_.percent(40)) target = {"V", "A-" + std::to_string(random_.between(1, 22)), std::nullopt};
    switch (random_.below(8)) {
      case 0: return booking::Confirm{number, guard()};
      case 1:
      case 2: return booking::Cancel{number, guard()};
      case 3: return booking::Hold{target, number, random_.between(1, 5), guard()};
      case 4: return booking::Show{std::nullopt, std::nullopt, number};
      default: return booking::Reserve{target, number, guard()};
    }
  }

  std::uint32_t any() { return static_cast<std::uint32_t>(random_.below(plan_.options.replicas)); }

  Random random_;
  Random readmissions_;  // apart, so that worlds without them are what they were before there were any
  PlanOptions given_;
  Plan plan_;
  std::uint32_t budget_ = 0;  // replicas that may still be made faulty for good
  bool brutal_ = false;
  std::uint64_t at_ms_ = 0;  // of the command that is being planned
  struct Lease {
    booking::Token token = 0;
    std::uint64_t ends_ms = 0;
  };
  std::array<Lease, kJobs> leases_;
};

}  // namespace

std::optional<Profile> profile_named(std::string_view name) {
  if (name == "mixed") return Profile::mixed;
  if (name == "calm") return Profile::calm;
  if (name == "brutal") return Profile::brutal;
  if (name == "twins") return Profile::twins;
  return std::nullopt;
}

Plan make_plan(std::uint64_t seed, const PlanOptions& options) { return Planner(seed, options).make(); }

}  // namespace breakwater::sim

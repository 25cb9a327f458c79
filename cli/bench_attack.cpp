#include "cli/bench_attack.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "cli/bench_flood.hpp"
#include "cli/bench_harbor.hpp"
#include "cli/bench_load.hpp"
#include "cli/cpu_times.hpp"
#include "cli/live_group.hpp"
#include "cli/temporary_directory.hpp"

namespace breakwater::cli {

namespace {

using Clock = Client::Clock;
using std::chrono::milliseconds;

constexpr ReplicaId kFirstPrimary{0};                     // of view 0
constexpr int kLeadWindows = 2;                           // between warm-up and attack
constexpr auto kReportPatience = milliseconds(3000);      // for the reports of a group under attack
constexpr auto kSlotPatience = std::chrono::seconds(30);  // for the slot at which a primary begins to lie

// What is taken of the machine from some moment on.
class Consumption {
 public:
  explicit Consumption(const LiveGroup& group) : group_(group), before_(look()), since_(Clock::now()) {}

  struct Figures {
    double replica_cpus = 0, others_share = 0;
  };
  Figures until_now() const {
    const Look now = look();
    const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
    const double replicas_s = (now.replicas_us - before_.replicas_us) / 1e6;
    const double own_s = replicas_s + (now.self_us - before_.self_us) / 1e6;
    const auto ticks = static_cast<double>(now.machine.all - before_.machine.all);
    const auto idle = static_cast<double>(now.machine.idle - before_.machine.idle);
    const double own = own_s * static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {replicas_s / seconds, ticks > 0 ? std::max(0.0, (ticks - idle - own) / ticks) : 0};
  }

 private:
  struct Look {
    double replicas_us = 0, self_us = 0;
    MachineTime machine;
  };
  Look look() const {
    Look seen;
    for (const auto& [id, pid] : group_.processes()) seen.replicas_us += cpu_time_of(pid).all_us;
    seen.self_us = cpu_time_of(::getpid()).all_us;
    seen.machine = machine_time();
    return seen;
  }

  const LiveGroup& group_;
  Look before_;
  Clock::time_point since_;
};

// A group under load, and what its clients see from the warm-up on.
class Course {
 public:
  Course(const Harbor& harbor, const bench::Rung& rung, const BenchTiming& timing, const std::string& strategy)
      : group_(harbor, told(strategy)), load_(harbor, rung, timing.open_loop_per_s), watch_(harbor) {
    begun_ = Clock::now();
    load_.observe([this](const BenchLoad::Answer& answer) {
      timeline_.add(since_begin(answer.at), static_cast<std::uint64_t>(answer.latency.count()), answer.commands);
      reached_ = std::max(reached_, answer.slot);
      if (awaited_ && reached_ >= *awaited_ && !awaited_at_) awaited_at_ = answer.at;
    });
  }

  const LiveGroup& group() const { return group_; }
  SequenceNumber reached() const { return reached_; }
  std::size_t bucket_at(Clock::time_point at) const { return bench::Timeline::bucket_at(since_begin(at)); }

  void run_for(milliseconds time) { load_.run_until(Clock::now() + time, watch_); }
  // Until a request of slot `n` or a later one is answered; says when it was.
  Clock::time_point run_until_slot(SequenceNumber n) {
    awaited_ = n;
    if (reached_ >= n) return Clock::now();
    const Clock::time_point deadline = Clock::now() + kSlotPatience;
    while (!awaited_at_) {
      if (Clock::now() >= deadline) throw ExperimentFailed("slot " + std::to_string(n.value) + " did not come in time");
      run_for(bench::Timeline::kBucket / 4);
    }
    return *awaited_at_;
  }
  // The load goes on until all have answered, or as long as that may take; those that did.
  BenchWatch::Reports ask() {
    const std::size_t question = watch_.ask();
    const Clock::time_point deadline = Clock::now() + kReportPatience;
    while (!watch_.has_all(question) && Clock::now() < deadline) run_for(milliseconds(10));
    return watch_.reports(question);
  }
  bench::Timeline take_timeline(Clock::time_point end) {
    timeline_.close(since_begin(end));
    return std::move(timeline_);
  }
  bench::Histogram waiting_us(Clock::time_point now) const { return load_.waiting_us(now); }
  bench::Window take_window() { return load_.take_window(Clock::now()); }

 private:
  static std::map<ReplicaId, std::string> told(const std::string& strategy) {
    if (strategy.empty()) return {};
    return {{kFirstPrimary, strategy}};
  }
  std::chrono::microseconds since_begin(Clock::time_point at) const {
    return std::chrono::duration_cast<std::chrono::microseconds>(at - begun_);
  }

  LiveGroup group_;
  BenchLoad load_;
  BenchWatch watch_;
  Clock::time_point begun_;
  bench::Timeline timeline_;
  SequenceNumber reached_;
  std::optional<SequenceNumber> awaited_;
  std::optional<Clock::time_point> awaited_at_;
};

std::uint64_t latest_view(const BenchWatch::Reports& reports) {
  std::uint64_t latest = 0;
  for (const auto& [id, report] : reports) latest = std::max(latest, report.view.value);
  return latest;
}

// By a replica other than itself.
bool is_accused(const BenchWatch::Reports& reports, ReplicaId attacker) {
  return std::ranges::any_of(reports, [&](const auto& r) {
    return r.first != attacker && std::ranges::find(r.second.suspects, attacker) != r.second.suspects.end();
  });
}

// The last desk: those before it carry the honest load.
std::string flooder_of(const Harbor& harbor) { return "desk-" + std::to_string(harbor.config.clients.size() - 1); }

// The slot at which the primary is to begin: one that the load reaches kLeadWindows after the warm-up, at the pace
// of the group without a fault.
SequenceNumber first_lie(const BenchTiming& timing, const bench::FaultFree& fault_free) {
  const double seconds = std::chrono::duration<double>(timing.warm_up + kLeadWindows * timing.window).count();
  return SequenceNumber(1 + static_cast<std::uint64_t>(seconds * fault_free.slots_per_s));
}

std::string strategy_text(const bench::Attack& attack, SequenceNumber from, const ProtocolSettings& protocol) {
  if (attack.strategy.empty()) return "";
  std::string text = std::string(attack.strategy) + ":from=" + std::to_string(from.value);
  if (attack.delay_share > 0) {
    text += ",delay_ms=" + std::to_string(std::lround(attack.delay_share * protocol.view_change_timeout_ms));
  }
  return text;
}

// The load goes on meanwhile; returns when the attack began. A primary proposes slot n when slot n - `pipeline` is
// done.
Clock::time_point await_attack(Course& course, const bench::Attack& attack, SequenceNumber from,
                               const BenchTiming& timing, const ProtocolSettings& protocol) {
  course.run_for(timing.warm_up);
  if (latest_view(course.ask()) > 0) throw ExperimentFailed("the primary was replaced before its attack began");
  if (attack.is_clients()) {
    course.run_for(kLeadWindows * timing.window);
    return Clock::now();
  }
  const std::uint64_t last_honest = from.value > protocol.pipeline ? from.value - protocol.pipeline : 1;
  return course.run_until_slot(SequenceNumber(last_honest));
}

void attack_under_load(bench::AttackResult& result, Course& course, const Harbor& harbor, const BenchTiming& timing,
                       const bench::FaultFree& fault_free) {
  const ProtocolSettings& protocol = harbor.config.protocol;
  const SequenceNumber from = first_lie(timing, fault_free);
  const Clock::time_point attacked = await_attack(course, result.attack, from, timing, protocol);
  const Consumption consumption(course.group());
  std::optional<ClientFlood> flood;
  if (result.attack.flood) flood.emplace(harbor, flooder_of(harbor), *result.attack.flood);
  course.run_for(timing.window * timing.windows + 2 * milliseconds(protocol.view_change_timeout_ms));
  const Clock::time_point end = Clock::now();
  const bench::Histogram waiting_us = course.waiting_us(end);
  const Consumption::Figures consumed = consumption.until_now();
  result.replica_cpus = consumed.replica_cpus;
  result.others_share = consumed.others_share;
  if (flood) result.flood = flood->stop();
  const bench::Window sums = course.take_window();
  result.refused = sums.refused;
  result.unanswered = sums.unanswered;
  const BenchWatch::Reports reports = course.ask();
  result.last_view = latest_view(reports);
  result.is_accused = !result.attack.is_clients() && is_accused(reports, kFirstPrimary);
  result.attacked_at = course.bucket_at(attacked);
  result.timeline = course.take_timeline(end);
  const std::size_t warmed_up = bench::Timeline::bucket_at(timing.warm_up);
  if (warmed_up < result.attacked_at) {
    result.before_per_s = result.timeline.throughput_per_s(warmed_up, result.attacked_at);
  }
  result.impact = impact_of(result.timeline, result.attacked_at, fault_free.throughput_per_s,
                            bench::Timeline::buckets_in(timing.window), waiting_us);
}

}  // namespace

bench::FaultFree measure_fault_free(const bench::Rung& rung, const BenchTiming& timing,
                                    const std::filesystem::path& dir) {
  const Removed removed(dir);
  const Harbor harbor = make_bench_harbor(rung, {BenchLoad::clients_of(rung, timing.open_loop_per_s)}, dir);
  Course course(harbor, rung, timing, "");
  course.run_for(timing.warm_up);
  const Clock::time_point begun = Clock::now();
  const SequenceNumber first = course.reached();
  const Consumption consumption(course.group());
  course.run_for(timing.window * timing.windows);
  const Clock::time_point end = Clock::now();
  const bench::Histogram waiting_us = course.waiting_us(end);
  const double seconds = std::chrono::duration<double>(end - begun).count();
  bench::FaultFree figures;
  const Consumption::Figures consumed = consumption.until_now();
  figures.replica_cpus = consumed.replica_cpus;
  figures.others_share = consumed.others_share;
  figures.slots_per_s = static_cast<double>(course.reached().value - first.value) / seconds;
  const std::size_t from = course.bucket_at(begun);
  const bench::Timeline timeline = course.take_timeline(end);
  // Nothing can be below half of nothing: so all of it is one stretch without a fall.
  const bench::Impact all = impact_of(timeline, from, 0, bench::Timeline::buckets_in(timing.window), waiting_us);
  figures.throughput_per_s = all.settled_per_s.value_or(all.throughput_per_s);
  figures.p99_us = all.latency_us.percentile(0.99);
  if (figures.throughput_per_s <= 0) throw ExperimentFailed("an answer of the group without a fault did not come");
  return figures;
}

bench::AttackResult measure_attack(const bench::Attack& attack, const bench::Rung& rung, const BenchTiming& timing,
                                   const bench::FaultFree& fault_free, const std::filesystem::path& dir) {
  const Removed removed(dir);
  const std::uint32_t desks = BenchLoad::clients_of(rung, timing.open_loop_per_s) + (attack.is_clients() ? 1 : 0);
  const Harbor harbor = make_bench_harbor(rung, {desks, !attack.is_clients()}, dir);
  bench::AttackResult result;
  result.attack = attack;
  result.strategy = strategy_text(attack, first_lie(timing, fault_free), harbor.config.protocol);
  try {
    Course course(harbor, rung, timing, result.strategy);
    attack_under_load(result, course, harbor, timing, fault_free);
  } catch (const ExperimentFailed& failed) {
    if (was_interrupted()) throw;
    result.failure = failed.what();
  }
  return result;
}

}  // namespace breakwater::cli

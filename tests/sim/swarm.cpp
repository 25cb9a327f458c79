#include "tests/sim/swarm.hpp"

#include <algorithm>

#include "sim/cluster.hpp"

namespace breakwater::testing {

namespace {

using sim::Cluster;
using sim::ClusterOptions;
using sim::Random;

ClusterOptions options_of(std::uint64_t seed, Random& random) {
  ClusterOptions options;
  options.seed = seed;
  constexpr std::uint32_t kSizes[] = {4, 5, 7, 10};
  options.replicas = kSizes[random.below(4)];
  options.drop_percent = random.percent(30) ? static_cast<std::uint32_t>(random.below(30)) : 0;
  options.duplicate_percent = static_cast<std::uint32_t>(random.below(20));
  options.max_delay_ms = random.between(1, 60);
  options.whole_rounds = seed % 2 == 0;
  if (random.percent(50)) {
    const std::vector<std::string_view> names = adversary::strategy_names();
    const std::uint32_t liars = static_cast<std::uint32_t>(random.below(Quorums::byzantine(options.replicas).f + 1));
    for (std::uint32_t i = 0; i < liars; ++i) {
      std::string strategy(names[random.below(names.size())]);
      if (random.percent(30)) strategy += ":from=" + std::to_string(random.between(1, 20));
      options.byzantine[static_cast<std::uint32_t>(random.below(options.replicas))] = strategy;
    }
  }
  return options;
}

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed) : random_(seed * 7919), options_(options_of(seed, random_)), cluster_(options_) {}

  SwarmOutcome run() {
    cluster_.submit(0, booking::Open{"V", "A", 20, {}});
    for (int round = 0; round < 12 && outcome_.problem.empty(); ++round) {
      for (int i = 0; i < 5; ++i) submit();
      disturb();
      cluster_.run_for(random_.below(3000));
      check("under faults");
    }
    heal();
    if (outcome_.problem.empty() && !cluster_.run_until([&] { return cluster_.all_answered(); }, 180000)) {
      outcome_.problem = "liveness: not all answered after the faults healed\n" + standing();
    }
    check("at the end");
    if (outcome_.problem.empty()) check_results();
    outcome_.calls = cluster_.calls();
    return outcome_;
  }

 private:
  std::uint32_t any_replica() { return static_cast<std::uint32_t>(random_.below(options_.replicas)); }

  void submit() {
    const auto client = static_cast<std::uint32_t>(random_.between(1, 16));
    const booking::BookingNumber number = random_.between(1, 60);
    const booking::Target target{"V", std::nullopt, "A"};
    switch (random_.below(5)) {
      case 0: cluster_.submit(client, booking::Confirm{number}); break;
      case 1: cluster_.submit(client, booking::Cancel{number}); break;
      case 2: cluster_.submit(client, booking::Hold{target, number, random_.between(1, 5)}); break;
      default: cluster_.submit(client, booking::Reserve{target, number}); break;
    }
  }

  // Replicas down and liars together stay within f, or waiting would be in vain.
  std::size_t faulty() const {
    std::size_t count = options_.byzantine.size();
    for (std::uint32_t id = 0; id < options_.replicas; ++id) count += !cluster_.is_up(id) && !cluster_.is_byzantine(id);
    return count;
  }

  void disturb() {
    const std::uint32_t victim = any_replica();
    const bool may_fall = cluster_.is_up(victim) && faulty() < Quorums::byzantine(options_.replicas).f;
    switch (random_.below(8)) {
      case 0:
        if (may_fall) cluster_.crash(victim);
        break;
      case 1: restart_all(); break;
      case 2: cluster_.isolate(victim); break;
      case 3: cluster_.heal(); break;
      case 4:
        if (may_fall) cluster_.crash_before_send(victim, random_.below(20));
        break;
      case 5:
        if (may_fall) cluster_.crash_at_commit(victim, random_.below(10));
        break;
      case 6: split(); break;
      case 7: kill_everyone(); break;
    }
  }

  void split() {
    std::vector<std::vector<std::uint32_t>> sides(2);
    for (std::uint32_t id = 0; id < options_.replicas; ++id) sides[random_.below(2)].push_back(id);
    cluster_.partition(sides);
  }

  void kill_everyone() {
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (cluster_.is_up(id)) cluster_.crash(id);
    }
    restart_all();
  }

  void restart_all() {
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (!cluster_.is_up(id)) cluster_.restart(id);
    }
  }

  void heal() {
    cluster_.heal();
    cluster_.set_loss(0, 0);
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      cluster_.crash_before_send(id, ~std::uint64_t{0});
      cluster_.crash_at_commit(id, ~std::uint64_t{0});
    }
    restart_all();
  }

  void check(const std::string& when) {
    const std::string violation = cluster_.violation();
    if (!violation.empty() && outcome_.problem.empty()) outcome_.problem = violation + " (" + when + ")";
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (!cluster_.is_up(id) || cluster_.is_byzantine(id)) continue;
      outcome_.highest_view = std::max(outcome_.highest_view, cluster_.status(id).view.value);
      outcome_.convicted = outcome_.convicted || !cluster_.convictions(id).empty();
    }
  }

  // What clients were told decodes, and each answered call has a slot.
  void check_results() {
    for (std::size_t i = 0; i < cluster_.calls(); ++i) {
      const Cluster::Call& call = cluster_.call(i);
      if (!call.result || call.sequence.value == 0) outcome_.problem = "a call has no decodable result";
    }
  }

  std::string standing() const {
    std::string out;
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      out += "  " + std::to_string(id) + ": ";
      if (!cluster_.is_up(id)) {
        out += "down\n";
        continue;
      }
      const EngineStatus s = cluster_.status(id);
      out += s.role + " view " + std::to_string(s.view.value) + " chosen " + std::to_string(s.chosen.value) +
             " executed " + std::to_string(s.executed.value) + " stable " + std::to_string(s.stable_checkpoint.value) +
             " " + s.waiting_for + (cluster_.is_byzantine(id) ? " (liar)" : "") + "\n";
    }
    return out;
  }

  Random random_;
  ClusterOptions options_;
  Cluster cluster_;
  SwarmOutcome outcome_;
};

}  // namespace

SwarmOutcome run_swarm(std::uint64_t seed) { return Swarm(seed).run(); }

}  // namespace breakwater::testing

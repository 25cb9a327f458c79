#include "sim/run.hpp"

#include <algorithm>

#include "sim/pbft_oracles.hpp"
#include "sim/raft_oracles.hpp"

namespace breakwater::sim {

namespace {

constexpr std::uint64_t kTransferMs = 5000;  // for who has to catch up, beyond the view changes
constexpr std::uint64_t kElections = 10;     // of a healed Raft group, before one succeeds

class Run {
 public:
  Run(const Plan& plan, const std::function<void(Cluster&)>& prepare)
      : plan_(plan), world_(plan.options), oracles_(make_oracles()) {
    if (prepare) prepare(world_);
    world_.observe(*oracles_);
  }

  Outcome outcome() {
    under_faults();
    if (!found_) after_faults();
    Outcome out;
    out.violation = found_;
    out.faults = world_.faults();
    out.commands = world_.calls();
    out.slots = oracles_->slots();
    out.simulated_ms = world_.now_ms();
    out.highest_view = highest_view_;
    out.trace_hash = world_.trace_hash();
    return out;
  }

 private:
  std::unique_ptr<Oracles> make_oracles() {
    if (plan_.options.engine == Engines::raft) return std::make_unique<RaftOracles>();
    return std::make_unique<PbftOracles>(plan_.options.replicas, world_.config(0).cluster, world_.crypto(),
                                         [this](ReplicaId id) { return world_.is_byzantine(id.value); });
  }

  // How long the world may take, once it is healed, until everybody is answered.
  std::uint64_t patience_ms() const {
    const ClusterOptions& o = plan_.options;
    const std::uint64_t ticks = o.engine == Engines::raft ? kElections * 2 * o.election_timeout_ticks
                                                          : (world_.quorums().f + 2) * o.view_change_timeout_cap_ticks;
    return ticks * Cluster::kTickMs + kTransferMs;
  }

  // True when nothing is wrong yet.
  bool advance(std::uint64_t until_ms) {
    while (world_.now_ms() < until_ms && !found_) {
      world_.run_for(std::min(Cluster::kTickMs, until_ms - world_.now_ms()));
      found_ = oracles_->violation();
    }
    return !found_;
  }

  void under_faults() {
    auto fault = plan_.faults.begin();
    auto command = plan_.commands.begin();
    while (fault != plan_.faults.end() || command != plan_.commands.end()) {
      const bool is_fault =
          fault != plan_.faults.end() && (command == plan_.commands.end() || fault->at_ms <= command->at_ms);
      if (!advance(is_fault ? fault->at_ms : command->at_ms)) return;
      if (is_fault) {
        world_.apply(*fault++);
      } else {
        world_.submit(command->client, command->command);
        ++command;
      }
    }
    if (!advance(plan_.faults_end_ms)) return;
    judge_stores();
  }

  void after_faults() {
    world_.end_faults();
    const std::uint64_t limit_ms = patience_ms();
    const std::uint64_t end = world_.now_ms() + limit_ms;
    while (!is_settled() && world_.now_ms() < end && advance(world_.now_ms() + Cluster::kTickMs)) {
    }
    if (!found_ && world_.is_rejoining())
      found_ = Violation{"liveness", "a readmitted replica does not come to vote\n" + standing()};
    if (!found_ && !world_.all_answered())
      found_ = Violation{"liveness", "not every request is answered\n" + standing()};
    while (!converged() && world_.now_ms() < end + limit_ms && advance(world_.now_ms() + 10 * Cluster::kTickMs)) {
    }
    if (!found_ && !converged())
      found_ = Violation{"liveness", "the correct replicas do not come to one state\n" + standing()};
    if (!found_) judge_stores();
  }

  bool is_settled() const { return world_.all_answered() && !world_.is_rejoining(); }

  void judge_stores() {
    const std::string problem = world_.violation();
    if (!problem.empty()) found_ = Violation{"stores", problem};
  }

  template <class Visit>
  void each_correct(Visit visit) {
    for (std::uint32_t id = 0; id < plan_.options.replicas; ++id) {
      if (world_.is_up(id) && !world_.is_byzantine(id)) visit(id);
    }
  }

  bool converged() {
    std::set<std::pair<SequenceNumber, Digest>> states;
    each_correct([&](std::uint32_t id) {
      states.emplace(world_.replica(id).executed(), world_.replica(id).state_digest());
      highest_view_ = std::max(highest_view_, world_.status(id).view.value);
    });
    return states.size() <= 1;
  }

  std::string standing() {
    std::string out;
    for (std::uint32_t id = 0; id < plan_.options.replicas; ++id) {
      out += "  " + std::to_string(id) + ": ";
      if (!world_.is_up(id)) {
        out += "down\n";
        continue;
      }
      const EngineStatus s = world_.status(id);
      out += s.role + ", view " + std::to_string(s.view.value) + ", chosen " + std::to_string(s.chosen.value) +
             ", executed " + std::to_string(s.executed.value) + ", stable " +
             std::to_string(s.stable_checkpoint.value) + (world_.is_byzantine(id) ? ", a liar" : "") +
             (s.waiting_for.empty() ? "" : "; waits for " + s.waiting_for) + "\n";
    }
    return out;
  }

  const Plan& plan_;
  Cluster world_;
  std::unique_ptr<Oracles> oracles_;
  std::optional<Violation> found_;
  std::uint64_t highest_view_ = 0;
};

}  // namespace

Outcome run(const Plan& plan, const std::function<void(Cluster&)>& prepare) { return Run(plan, prepare).outcome(); }

}  // namespace breakwater::sim

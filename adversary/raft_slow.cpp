// A leader that sits on its entries for a while, and keeps its office by heartbeats on time (hazard 4).
#include <algorithm>
#include <deque>

#include "adversary/options.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class RaftSlow final : public RaftAdversary {
 public:
  RaftSlow(std::unique_ptr<Engine> correct, const Strategy& strategy, const raft::Config& config)
      : RaftAdversary(std::move(correct), strategy, config), delay_ticks_(delay_ticks_of(strategy)) {}

  void tick(AgreedTime wall_clock) override {
    ++ticks_;
    RaftAdversary::tick(wall_clock);
  }

 protected:
  // Whoever waits for entries gets a heartbeat that says nothing of the log: one that does would be refused.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto append = own<raft::AppendEntries>(outbound);
    if (append == nullptr) return out.push_back(std::move(outbound));
    for (const ReplicaId to : recipients(outbound)) {
      const bool waits = is_waiting(to, *append);
      const bool is_new = !append->entries.empty() && lies_at(append->previous_index.next());
      if (is_new && !waits) held_.push_back({ticks_ + delay_ticks_, to, append});
      if (is_new || is_waiting_for_any(to)) {
        out.push_back({to, bare(*append), outbound.after});
      } else {
        out.push_back({to, append, outbound.after});
      }
    }
  }

  // What it held back in a term that was left stays unsaid: nobody would take it.
  void volunteer(std::vector<Outbound>& out) override {
    for (; !held_.empty() && held_.front().due_tick <= ticks_; held_.pop_front()) {
      const Waiting& due = held_.front();
      if (due.append->term == status().view) out.push_back({due.to, due.append, std::nullopt});
    }
  }

 private:
  struct Waiting {
    std::uint64_t due_tick;
    ReplicaId to;
    std::shared_ptr<const raft::AppendEntries> append;
  };

  // The same entries are on their way: they were asked for again.
  bool is_waiting(ReplicaId to, const raft::AppendEntries& m) const {
    return std::ranges::any_of(held_, [&](const Waiting& w) {
      return w.to == to && w.append->term == m.term && w.append->previous_index == m.previous_index &&
             w.append->entries.size() >= m.entries.size();
    });
  }
  bool is_waiting_for_any(ReplicaId to) const {
    return std::ranges::any_of(held_, [&](const Waiting& w) { return w.to == to; });
  }
  MessagePtr bare(const raft::AppendEntries& m) const {
    return std::make_shared<raft::AppendEntries>(self_, m.term, SequenceNumber(0), ViewNumber(0), SequenceNumber(0),
                                                 m.round, std::vector<raft::Entry>{});
  }

  const std::uint64_t delay_ticks_;
  std::uint64_t ticks_ = 0;
  std::deque<Waiting> held_;  // for each follower at most what a leader leaves uncommitted
};

}  // namespace

std::unique_ptr<Engine> make_raft_slow(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                       const raft::Config& config) {
  return std::make_unique<RaftSlow>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

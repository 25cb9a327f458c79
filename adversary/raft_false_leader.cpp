// A replica that leads a term for which nobody elected it (hazard 13).
#include <utility>

#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

// Whose term it takes, in turn.
enum class Claim { of_the_leader, next };

class FalseLeader final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

  void tick(AgreedTime wall_clock) override {
    if (++ticks_ % config_.election_timeout_ticks == 0) is_due_ = true;
    RaftAdversary::tick(wall_clock);
  }

 protected:
  // The leader's latest words to it: where its own begin.
  void see(const MessagePtr& message) override {
    const auto append = std::dynamic_pointer_cast<const raft::AppendEntries>(message);
    if (append != nullptr && !append->entries.empty()) latest_ = append;
  }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

  // Once per election timeout, in place of the latest entries of the true leader, empty ones.
  void volunteer(std::vector<Outbound>& out) override {
    if (latest_ == nullptr || !std::exchange(is_due_, false)) return;
    const auto claim = static_cast<Claim>(claims_++ % 2);
    const ViewNumber term = claim == Claim::next ? status().view.next() : status().view;
    std::vector<raft::Entry> entries(latest_->entries.size(), raft::Entry{term, nullptr});
    if (term < latest_->term || latest_->previous_term > term) return;
    out.push_back({std::nullopt,
                   std::make_shared<raft::AppendEntries>(self_, term, latest_->previous_index, latest_->previous_term,
                                                         SequenceNumber(0), std::uint64_t{0}, std::move(entries)),
                   std::nullopt});
    latest_.reset();
  }

 private:
  std::shared_ptr<const raft::AppendEntries> latest_;
  std::uint64_t ticks_ = 0;
  std::uint64_t claims_ = 0;
  bool is_due_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_raft_false_leader(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                               const raft::Config& config) {
  return std::make_unique<FalseLeader>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

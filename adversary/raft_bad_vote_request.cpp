// A candidate that claims a longer and newer log than it has (hazard 11).
#include <deque>

#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

// It takes late what it is told to append, so that it lacks entries that the others have committed when it asks to
// lead them.
class BadCandidate final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

  void step(Verified<MessagePtr> message) override {
    const bool is_append = dynamic_cast<const raft::AppendEntries*>(message->get()) != nullptr;
    if (!is_append || !lies_now()) return RaftAdversary::step(std::move(message));
    if (late_.size() < kLateMessages) late_.push_back({ticks_ + kLateTicks, std::move(message)});
  }
  void tick(AgreedTime wall_clock) override {
    ++ticks_;
    for (; !late_.empty() && late_.front().due_tick <= ticks_; late_.pop_front()) {
      RaftAdversary::step(std::move(late_.front().message));
    }
    RaftAdversary::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto question = own<raft::RequestVote>(outbound);
    if (question != nullptr && lies_now()) {
      outbound.message = std::make_shared<raft::RequestVote>(self_, question->term, question->pre_vote,
                                                             question->last_index.plus(kClaimed), question->term);
    }
    out.push_back(std::move(outbound));
  }

 private:
  static constexpr std::uint64_t kLateTicks = 20;     // less than a leader may be silent for
  static constexpr std::size_t kLateMessages = 4096;  // what comes beyond is lost
  static constexpr std::uint64_t kClaimed = 1000;     // entries that it does not have

  struct Late {
    std::uint64_t due_tick;
    Verified<MessagePtr> message;
  };
  std::deque<Late> late_;
  std::uint64_t ticks_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_raft_bad_candidate(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                                const raft::Config& config) {
  return std::make_unique<BadCandidate>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

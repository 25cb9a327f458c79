// A voter that votes for everybody who asks, in one term and whatever it knows (hazard 10).
#include <map>

#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class RaftDoubleVoter final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

 protected:
  void see(const MessagePtr& message) override {
    if (const auto question = std::dynamic_pointer_cast<const raft::RequestVote>(message)) {
      asked_[question->sender()] = question->term;
    }
  }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto vote = own<raft::RequestVoteResult>(outbound);
    if (vote != nullptr && !vote->granted && lies_now() && outbound.to) {
      outbound.message = std::make_shared<raft::RequestVoteResult>(self_, asked_[*outbound.to], vote->pre_vote, true);
    }
    out.push_back(std::move(outbound));
  }

 private:
  std::map<ReplicaId, ViewNumber> asked_;  // the term that each asked about last
};

}  // namespace

std::unique_ptr<Engine> make_raft_double_voter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                               const raft::Config& config) {
  return std::make_unique<RaftDoubleVoter>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

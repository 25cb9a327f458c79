// A replica that claims ever higher terms, many in each tick (hazard 12).
#include "adversary/flood.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class TermFlooder final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

  void tick(AgreedTime wall_clock) override {
    flood_.tick();
    RaftAdversary::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

  // In turn a question for votes, which whoever hears a leader refuses without following it into its term, and the
  // answer to an append, which makes a follower of every leader.
  void volunteer(std::vector<Outbound>& out) override {
    while (const auto distance = flood_.next()) {
      const ViewNumber term = status().view.plus(*distance);
      out.push_back({std::nullopt, claim(term), std::nullopt});
      asks_ = !asks_;
    }
  }

 private:
  MessagePtr claim(ViewNumber term) const {
    if (asks_) return std::make_shared<raft::RequestVote>(self_, term, false, SequenceNumber(0), ViewNumber(0));
    return std::make_shared<raft::AppendEntriesResult>(self_, term, false, SequenceNumber(0), SequenceNumber(0),
                                                       SequenceNumber(0), std::uint64_t{0});
  }

  Flood flood_;
  bool asks_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_raft_term_flooder(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                               const raft::Config& config) {
  return std::make_unique<TermFlooder>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

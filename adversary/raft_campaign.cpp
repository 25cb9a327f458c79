// A replica that wants to lead a Raft group before anybody else does: for lies that only a leader can tell.
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

// Its clock runs fast while nobody is known to lead, so that its election timeout is over first. It asks for pre-votes
// like everybody else, and deposes nobody.
class Campaigner final : public LyingEngine {
 public:
  using LyingEngine::LyingEngine;

  void tick(AgreedTime wall_clock) override {
    const int ticks = redirect() ? 1 : kTicksPerTick;
    for (int i = 0; i < ticks; ++i) correct_->tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

 private:
  // Between a third and two thirds of a timeout, where a correct replica waits for one or two. Not faster: a replica
  // of a fresh group that starts a little late must not find that it has a history (node/history_probe.hpp).
  static constexpr int kTicksPerTick = 3;
};

}  // namespace

std::unique_ptr<Engine> make_raft_campaigner(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                             const raft::Config& config) {
  return std::make_unique<Campaigner>(std::move(correct), strategy, config.self, config.quorums.n);
}

}  // namespace breakwater::adversary

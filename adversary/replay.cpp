// A replica that says old things again: its own and others' messages, long after their time (hazards 14, 30).
#include "adversary/adversary_engine.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class Replayer final : public LyingEngine {
 public:
  using LyingEngine::LyingEngine;

 protected:
  // Signed statements may be passed on by anyone; of what nobody signs, only its own is believed.
  void see(const MessagePtr& message) override {
    if (dynamic_cast<const pbft::StatementMessage*>(message.get()) != nullptr) {
      keep({std::nullopt, message, std::nullopt});
    }
  }

  // With each new message an old one, to everybody, in turn through all that is kept.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (lies_now() && !kept_.empty()) out.push_back(kept_[next_++ % kept_.size()]);
    keep({std::nullopt, outbound.message, outbound.after});  // its token holds whenever it is said again
    out.push_back(std::move(outbound));
  }

 private:
  // The first ones are kept for good, so that they grow old; the later ones replace each other.
  void keep(Outbound said) {
    constexpr std::size_t kForGood = kKept / 2;
    if (kept_.size() < kKept) {
      kept_.push_back(std::move(said));
    } else {
      kept_[kForGood + seen_ % (kKept - kForGood)] = std::move(said);
    }
    ++seen_;
  }

  static constexpr std::size_t kKept = 256;  // messages
  std::vector<Outbound> kept_;
  std::uint64_t next_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_replayer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                      const pbft::Config& config, Signer&) {
  return std::make_unique<Replayer>(std::move(correct), strategy, config.self, config.quorums.n);
}
std::unique_ptr<Engine> make_raft_replayer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                           const raft::Config& config) {
  return std::make_unique<Replayer>(std::move(correct), strategy, config.self, config.quorums.n);
}

}  // namespace breakwater::adversary

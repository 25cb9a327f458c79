// A replica that says old things again: its own and others' messages, long after their time.
#include <deque>

#include "adversary/adversary_engine.hpp"

namespace breakwater::adversary {

namespace {

class Replayer final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void see(const MessagePtr& message) override { keep(message); }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    keep(outbound.message);
    out.push_back(std::move(outbound));
    if (!lies_now() || kept_.empty()) return;
    // One old message to everybody with each new one, in turn through all that is kept.
    out.push_back({std::nullopt, kept_[next_++ % kept_.size()], std::nullopt});
  }

 private:
  // Signed messages of whatever sender: they may be relayed. The first ones are kept for ever, so that they grow old; the
  // rest in turn.
  void keep(const MessagePtr& message) {
    const auto signed_one = std::dynamic_pointer_cast<const pbft::StatementMessage>(message);
    if (signed_one == nullptr) return;
    if (signed_one->sender() == config_.self && !lies_now()) return;  // its own may still wait for the disk
    if (kept_.size() < kKept) {
      kept_.push_back(message);
    } else {
      kept_[kKept / 2 + seen_ % (kKept / 2)] = message;
    }
    ++seen_;
  }

  static constexpr std::size_t kKept = 256;
  std::deque<MessagePtr> kept_;
  std::uint64_t next_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_replayer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                      const pbft::Config& config, Signer& signer) {
  return make<Replayer>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

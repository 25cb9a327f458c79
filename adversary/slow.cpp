// A primary that sits on its proposals for a while, and then sends them in order (hazard 4).
#include <algorithm>
#include <deque>

#include "adversary/adversary_engine.hpp"
#include "adversary/options.hpp"

namespace breakwater::adversary {

namespace {

class Slow final : public AdversaryEngine {
 public:
  Slow(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config, Signer& signer)
      : AdversaryEngine(std::move(correct), strategy, config, signer), delay_ticks_(delay_ticks_of(strategy)) {}

  void tick(AgreedTime wall_clock) override {
    ++ticks_;
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto proposal = own_proposal(outbound);
    if (proposal == nullptr) return out.push_back(std::move(outbound));
    const Place place{proposal->view(), proposal->sequence()};
    if (place > latest_) {
      latest_ = place;
      return held_.push_back({ticks_ + delay_ticks_, place, std::move(outbound)});
    }
    // Asked for again: not before it was said to all.
    if (std::ranges::find(held_, place, &Held::place) == held_.end()) out.push_back(std::move(outbound));
  }

  // What it held back in a view that was left stays unsaid: nobody would read it.
  void volunteer(std::vector<Outbound>& out) override {
    for (; !held_.empty() && held_.front().due_tick <= ticks_; held_.pop_front()) {
      if (held_.front().place.first == status().view) out.push_back(std::move(held_.front().outbound));
    }
  }

 private:
  using Place = std::pair<ViewNumber, SequenceNumber>;
  struct Held {
    std::uint64_t due_tick;
    Place place;
    Outbound outbound;
  };
  const std::uint64_t delay_ticks_;
  std::uint64_t ticks_ = 0;
  std::deque<Held> held_;  // at most what the correct engine leaves outstanding, per view
  Place latest_;
};

}  // namespace

std::unique_ptr<Engine> make_slow(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                                  Signer& signer) {
  return std::make_unique<Slow>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

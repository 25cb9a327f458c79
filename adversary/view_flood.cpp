// A replica that asks for ever higher views, many in each tick (hazard 12).
#include <algorithm>

#include "adversary/adversary_engine.hpp"

namespace breakwater::adversary {

namespace {

class ViewFlooder final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

  void tick(AgreedTime wall_clock) override {
    due_ = kPerTick;
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

  // Well formed: a view-change from the very start of the log, with nothing prepared. The distance to the view at hand
  // grows by 1 at first and by a tenth later; at its end it begins anew.
  void volunteer(std::vector<Outbound>& out) override {
    for (; due_ > 0; --due_) {
      const ViewNumber asked = status().view.plus(distance_);
      out.push_back({std::nullopt, pen_.view_change(asked, SequenceNumber(0), {}), std::nullopt});
      distance_ = distance_ >= kFarthest ? 1 : std::min(kFarthest, distance_ + 1 + distance_ / 10);
    }
  }

 private:
  static constexpr int kPerTick = 20;
  static constexpr std::uint64_t kFarthest = 1'000'000;
  int due_ = 0;
  std::uint64_t distance_ = 1;
};

}  // namespace

std::unique_ptr<Engine> make_view_flooder(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                          const pbft::Config& config, Signer& signer) {
  return std::make_unique<ViewFlooder>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// A replica that asks for ever higher views, many in each tick (hazard 12).
#include "adversary/adversary_engine.hpp"
#include "adversary/flood.hpp"

namespace breakwater::adversary {

namespace {

class ViewFlooder final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

  void tick(AgreedTime wall_clock) override {
    flood_.tick();
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

  // Well formed: a view-change from the very start of the log, with nothing prepared.
  void volunteer(std::vector<Outbound>& out) override {
    while (const auto distance = flood_.next()) {
      const ViewNumber asked = status().view.plus(*distance);
      out.push_back({std::nullopt, pen_.view_change(asked, SequenceNumber(0), {}), std::nullopt});
    }
  }

 private:
  Flood flood_;
};

}  // namespace

std::unique_ptr<Engine> make_view_flooder(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                          const pbft::Config& config, Signer& signer) {
  return std::make_unique<ViewFlooder>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// A replica that hears everything and says nothing to its peers.
#include "adversary/adversary_engine.hpp"

namespace breakwater::adversary {

namespace {

class Silent final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (!lies_now()) out.push_back(std::move(outbound));
  }
};

}  // namespace

std::unique_ptr<Engine> make_silent(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return make<Silent>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

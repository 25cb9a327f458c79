// A primary that edits a client's command inside the batch, or invents one, and signs the proposal (hazard 6).
#include "adversary/adversary_engine.hpp"
#include "adversary/batch_variants.hpp"

namespace breakwater::adversary {

namespace {

class Forger final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (const auto proposal = own_proposal(outbound)) {
      const BatchPtr batch = forged_batch(*proposal->batch, proposal->sequence(), config_.max_batch_requests);
      outbound.message =
          std::make_shared<pbft::PrePrepare>(sign(StatementKind::pre_prepare, *proposal, batch->digest), batch);
    }
    out.push_back(std::move(outbound));
  }
};

}  // namespace

std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return std::make_unique<Forger>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// A primary that never proposes what one client asks for, and serves everybody else (hazard 5).
#include <algorithm>

#include "adversary/adversary_engine.hpp"
#include "adversary/options.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Censor final : public AdversaryEngine {
 public:
  Censor(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config, Signer& signer)
      : AdversaryEngine(std::move(correct), strategy, config, signer), victim_(censored_client(strategy)) {}

  void propose(Verified<RequestPtr> request, bool relayed) override {
    if (!unheard(**request)) AdversaryEngine::propose(std::move(request), relayed);
  }
  void step(Verified<MessagePtr> message) override {
    const RequestPtr request = (*message)->passed_on();
    if (request == nullptr || !unheard(*request)) AdversaryEngine::step(std::move(message));
  }

 protected:
  // What it learned as a backup, and would propose now, is cut out of the batch. With nothing left there is no
  // proposal at all.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (const auto proposal = own_proposal(outbound)) {
      std::vector<RequestPtr> requests = proposal->batch->requests;
      std::erase_if(requests, [&](const RequestPtr& request) { return request->client == victim_; });
      if (requests.empty()) return;
      if (requests.size() < proposal->batch->requests.size()) {
        const BatchPtr batch = make_batch(proposal->batch->time, std::move(requests));
        outbound.message =
            std::make_shared<pbft::PrePrepare>(sign(StatementKind::pre_prepare, *proposal, batch->digest), batch);
      }
    }
    out.push_back(std::move(outbound));
  }

 private:
  bool unheard(const Request& request) const {
    return request.client == victim_ && lies_now() && config_.primary_of(status().view) == config_.self;
  }

  const ClientId victim_;
};

}  // namespace

std::unique_ptr<Engine> make_censor(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return std::make_unique<Censor>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

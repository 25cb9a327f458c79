// A primary that edits a client's command inside the batch, or invents one, and signs the proposal.
#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Forger final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto proposal = std::dynamic_pointer_cast<const pbft::PrePrepare>(outbound.message);
    if (proposal != nullptr && proposal->batch != nullptr && lies_at(proposal->sequence())) {
      const BatchPtr batch = forged(proposal->batch, proposal->sequence());
      outbound.message = std::make_shared<pbft::PrePrepare>(
          sign(StatementKind::pre_prepare, proposal->view(), proposal->sequence(), batch->digest), batch);
    }
    out.push_back(std::move(outbound));
  }

 private:
  static BatchPtr forged(const BatchPtr& batch, SequenceNumber n) {
    std::vector<RequestPtr> requests = batch->requests;
    const Request& honest = *requests.back();
    if (n.value % 2 == 0) {
      // Invented: the client's next number, with its old words and signature.
      requests.push_back(std::make_shared<const Request>(
          make_request(honest.client, honest.number.next(), honest.body, honest.signature)));
    } else {
      // Edited: the last byte of the last command.
      Bytes body = honest.body;
      body.back() ^= 1;
      requests.back() = std::make_shared<const Request>(
          make_request(honest.client, honest.number, std::move(body), honest.signature));
    }
    return make_batch(batch->time, std::move(requests));
  }
};

}  // namespace

std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return make<Forger>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

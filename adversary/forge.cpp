// A primary that edits a client's command inside the batch, or invents one, and signs the proposal (hazard 6).
#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Forger final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (const auto proposal = own_proposal(outbound)) {
      const BatchPtr batch = forged(*proposal->batch, proposal->sequence());
      outbound.message =
          std::make_shared<pbft::PrePrepare>(sign(StatementKind::pre_prepare, *proposal, batch->digest), batch);
    }
    out.push_back(std::move(outbound));
  }

 private:
  BatchPtr forged(const Batch& batch, SequenceNumber n) const {
    std::vector<RequestPtr> requests = batch.requests;
    const Request& honest = *requests.back();
    const bool has_room = requests.size() < config_.max_batch_requests &&
                          batch.encoded.size() + honest.body.size() + kRequestHeaderBytes <= kMaxBatchBytes;
    if (n.value % 2 == 0 && has_room) {
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
    return make_batch(batch.time, std::move(requests));
  }

  static constexpr std::size_t kRequestHeaderBytes = 4 + 8 + Signature::kSize + 4;  // crypto/batch.hpp
};

}  // namespace

std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return std::make_unique<Forger>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

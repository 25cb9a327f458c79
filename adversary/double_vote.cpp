// A voter that votes for two digests: the proposed one, and one that it made up.
#include "adversary/adversary_engine.hpp"
#include "crypto/digest.hpp"

namespace breakwater::adversary {

namespace {

class DoubleVoter final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const Outbound second = contradicting(outbound);
    out.push_back(std::move(outbound));
    if (second.message != nullptr) out.push_back(second);
  }

 private:
  Outbound contradicting(const Outbound& outbound) const {
    Outbound second{outbound.to, nullptr, outbound.after};
    const auto vote = std::dynamic_pointer_cast<const pbft::StatementMessage>(outbound.message);
    if (vote == nullptr || !lies_at(vote->sequence())) return second;
    const Digest other = hash("made up", vote->digest().view());
    if (vote->kind() == pbft::MessageKind::commit) {
      second.message = std::make_shared<pbft::Commit>(
          sign(StatementKind::commit, vote->view(), vote->sequence(), other));
    } else if (const auto prepare = std::dynamic_pointer_cast<const pbft::Prepare>(vote)) {
      // It cannot forge the primary's signature: the second prepare carries the one it has, which does not fit.
      second.message = std::make_shared<pbft::Prepare>(
          sign(StatementKind::prepare, vote->view(), vote->sequence(), other), prepare->primary,
          prepare->primary_signature);
    }
    return second;
  }
};

}  // namespace

std::unique_ptr<Engine> make_double_voter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                          const pbft::Config& config, Signer& signer) {
  return make<DoubleVoter>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// A voter that votes for two digests: the proposed one, and one that it made up (hazard 10).
#include "adversary/adversary_engine.hpp"
#include "crypto/digest.hpp"

namespace breakwater::adversary {

namespace {

class DoubleVoter final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto vote = std::dynamic_pointer_cast<const pbft::StatementMessage>(outbound.message);
    const MessagePtr second = vote != nullptr && lies_at(vote->sequence()) ? contradicting(*vote) : nullptr;
    if (second == nullptr) return out.push_back(std::move(outbound));
    // Both to everybody; of every other slot, one commit to half of the replicas and the other one to the rest.
    if (vote->kind() != pbft::MessageKind::commit || vote->sequence().value % 2 == 1) {
      out.push_back(outbound);
      return out.push_back({outbound.to, second, outbound.after});
    }
    for (const ReplicaId to : recipients(outbound)) {
      out.push_back({to, to.value % 2 == 0 ? outbound.message : second, outbound.after});
    }
  }

 private:
  MessagePtr contradicting(const pbft::StatementMessage& vote) const {
    const Digest other = hash("made up", vote.digest().view());
    if (vote.kind() == pbft::MessageKind::commit) {
      return std::make_shared<pbft::Commit>(sign(StatementKind::commit, vote, other));
    }
    // It cannot forge the primary's signature: the second prepare carries the one it has, which does not fit.
    if (const auto* prepare = dynamic_cast<const pbft::Prepare*>(&vote)) {
      return std::make_shared<pbft::Prepare>(sign(StatementKind::prepare, vote, other), prepare->primary,
                                             prepare->primary_signature);
    }
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Engine> make_double_voter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                          const pbft::Config& config, Signer& signer) {
  return std::make_unique<DoubleVoter>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

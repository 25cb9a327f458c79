// A primary that tells one half of the backups one thing, and the other half another (hazard 1).
#include <algorithm>

#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Equivocator final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  // Each half gets its proposal and at once a commit for it: were a quorum one vote smaller, both would be decided.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto proposal = own_proposal(outbound);
    if (proposal == nullptr) return out.push_back(std::move(outbound));
    const BatchPtr other = variant(proposal->batch, proposal->sequence());
    const auto lie =
        std::make_shared<pbft::PrePrepare>(sign(StatementKind::pre_prepare, *proposal, other->digest), other);
    for (const ReplicaId backup : recipients(outbound)) {
      const auto& told = is_lied_to(backup) ? lie : proposal;
      out.push_back({backup, told, outbound.after});
      out.push_back(
          {backup, std::make_shared<pbft::Commit>(sign(StatementKind::commit, *told, told->digest())), outbound.after});
    }
  }

 private:
  // In turn: another order, another membership, another time; a batch of one can only differ in time.
  static BatchPtr variant(const BatchPtr& batch, SequenceNumber n) {
    std::vector<RequestPtr> requests = batch->requests;
    const std::uint64_t turn = requests.size() == 1 ? 2 : n.value % 3;
    if (turn == 0) std::ranges::reverse(requests);
    if (turn == 1) requests.pop_back();
    return make_batch(turn == 2 ? batch->time.next() : batch->time, std::move(requests));
  }
};

}  // namespace

std::unique_ptr<Engine> make_equivocator(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                         const pbft::Config& config, Signer& signer) {
  return std::make_unique<Equivocator>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

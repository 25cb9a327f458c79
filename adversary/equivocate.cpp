// A primary that tells one half of the backups one thing, and the other half another.
#include <algorithm>

#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Equivocator final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto proposal = std::dynamic_pointer_cast<const pbft::PrePrepare>(outbound.message);
    if (proposal == nullptr || proposal->batch == nullptr || !lies_at(proposal->sequence())) {
      out.push_back(std::move(outbound));
      return;
    }
    const BatchPtr other = variant(proposal->batch, proposal->sequence());
    const auto lie = std::make_shared<pbft::PrePrepare>(
        sign(StatementKind::pre_prepare, proposal->view(), proposal->sequence(), other->digest), other);
    const auto vote = std::make_shared<pbft::Commit>(
        sign(StatementKind::commit, proposal->view(), proposal->sequence(), other->digest));
    const std::vector<ReplicaId> backups = others();
    for (std::size_t i = 0; i < backups.size(); ++i) {
      if (outbound.to && *outbound.to != backups[i]) continue;
      if (i < backups.size() / 2) {
        out.push_back({backups[i], proposal, outbound.after});
      } else {
        // The larger half gets the lie and a commit for it: with a weak enough quorum both halves decide.
        out.push_back({backups[i], lie, outbound.after});
        out.push_back({backups[i], vote, outbound.after});
      }
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
  return make<Equivocator>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// A replica that signs a state it does not have: the true root to some, a false one to others (hazard 16).
#include "adversary/adversary_engine.hpp"
#include "crypto/digest.hpp"

namespace breakwater::adversary {

namespace {

class BadCheckpointer final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  // Each recipient in turn gets the true root, the false one, or both, which proves the lie to it.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto vote = own<pbft::Checkpoint>(outbound);
    if (vote == nullptr || !lies_at(vote->sequence())) return out.push_back(std::move(outbound));
    const Digest root = hash("a state of its own", vote->digest().view());
    const auto lie = std::make_shared<pbft::Checkpoint>(sign(StatementKind::checkpoint, *vote, root));
    for (const ReplicaId to : recipients(outbound)) {
      const std::uint64_t turn = told_++ % 3;
      if (turn != 0) out.push_back({to, lie, outbound.after});
      if (turn != 1) out.push_back({to, vote, outbound.after});
    }
  }

 private:
  std::uint64_t told_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_bad_checkpointer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                              const pbft::Config& config, Signer& signer) {
  return std::make_unique<BadCheckpointer>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

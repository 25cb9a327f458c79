// A replica of whose messages a share is lost, repeated, told to some only, or changed at random
// (adversary/message_mutator.hpp).
#include "adversary/adversary_engine.hpp"
#include "adversary/mutator.hpp"
#include "adversary/options.hpp"
#include "adversary/raft_adversary.hpp"
#include "adversary/raft_mutator.hpp"

namespace breakwater::adversary {

namespace {

constexpr std::uint32_t kSharePercent = 30;

class RandomLiar final : public LyingEngine {
 public:
  RandomLiar(std::unique_ptr<Engine> correct, const Strategy& strategy, ReplicaId self, std::uint32_t replicas,
             std::unique_ptr<MessageMutator> mutator)
      : LyingEngine(std::move(correct), strategy, self, replicas), mutator_(std::move(mutator)) {}

 protected:
  void see(const MessagePtr& message) override { mutator_->see(*message); }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    mutator_->see(*outbound.message);
    Random& random = mutator_->random();
    if (!lies_now() || !random.percent(kSharePercent)) return out.push_back(std::move(outbound));
    switch (random.below(10)) {
      case 0: return;
      case 1: out.push_back(outbound); break;
      case 2: return tell_some(outbound, nullptr, out);
      case 3: return tell_some(outbound, mutator_->mutated(outbound.message, Scope::small), out);
      case 4:
      case 5: outbound.message = mutator_->mutated(outbound.message, Scope::any); break;
      default: outbound.message = mutator_->mutated(outbound.message, Scope::small); break;
    }
    out.push_back(std::move(outbound));
  }

 private:
  // Half of the recipients get the message as it is, the others `lie`, or nothing.
  void tell_some(const Outbound& outbound, const MessagePtr& lie, std::vector<Outbound>& out) {
    for (const ReplicaId to : recipients(outbound)) {
      const MessagePtr told = mutator_->random().percent(50) ? outbound.message : lie;
      if (told != nullptr) out.push_back({to, told, outbound.after});
    }
  }

  const std::unique_ptr<MessageMutator> mutator_;
};

// The archive's slots leave without passing through the engine.
class RandomOutlet final : public Outlet {
 public:
  RandomOutlet(Outlet& honest, SequenceNumber from, std::uint64_t seed) : honest_(honest), from_(from), random_(seed) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    if (const auto* decided = dynamic_cast<const pbft::DecidedSlot*>(message.get())) {
      return honest_.send(to, lies_at(decided->sequence()) ? mutated_slot(*decided, random_) : message);
    }
    if (const auto* committed = dynamic_cast<const raft::CommittedSlot*>(message.get())) {
      return honest_.send(to, lies_at(committed->archived.sequence) ? mutated_slot(*committed, random_) : message);
    }
    honest_.send(to, message);
  }
  void reply(const Reply& reply) override { honest_.reply(reply); }
  void flush() override { honest_.flush(); }

 private:
  bool lies_at(SequenceNumber n) { return n >= from_ && random_.percent(kSharePercent); }

  Outlet& honest_;
  SequenceNumber from_;
  Random random_;
};

}  // namespace

std::unique_ptr<Engine> make_random(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return std::make_unique<RandomLiar>(std::move(correct), strategy, config.self, config.quorums.n,
                                      std::make_unique<Mutator>(config, signer, seed_of(strategy)));
}
std::unique_ptr<Engine> make_raft_random(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                         const raft::Config& config) {
  return std::make_unique<RandomLiar>(std::move(correct), strategy, config.self, config.quorums.n,
                                      std::make_unique<RaftMutator>(config.self, seed_of(strategy)));
}
std::unique_ptr<Outlet> make_random_outlet(Outlet& honest, const Strategy& strategy) {
  return std::make_unique<RandomOutlet>(honest, strategy.from, seed_of(strategy));
}

}  // namespace breakwater::adversary

// A replica of whose messages a share is lost, repeated, told to some only, or changed at random
// (adversary/mutator.hpp).
#include "adversary/adversary_engine.hpp"
#include "adversary/mutator.hpp"

namespace breakwater::adversary {

namespace {

constexpr std::uint64_t kDefaultSeed = 1;
constexpr std::uint32_t kSharePercent = 30;

class RandomLiar final : public AdversaryEngine {
 public:
  RandomLiar(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config, Signer& signer)
      : AdversaryEngine(std::move(correct), strategy, config, signer),
        mutator_(config_, signer, strategy.own_option.value_or(kDefaultSeed)) {}

 protected:
  void see(const MessagePtr& message) override { mutator_.see(*message); }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    mutator_.see(*outbound.message);
    Random& random = mutator_.random();
    if (!lies_now() || !random.percent(kSharePercent)) return out.push_back(std::move(outbound));
    switch (random.below(10)) {
      case 0: return;
      case 1: out.push_back(outbound); break;
      case 2: return tell_some(outbound, nullptr, out);
      case 3: return tell_some(outbound, mutator_.mutated(outbound.message, Scope::small), out);
      case 4:
      case 5: outbound.message = mutator_.mutated(outbound.message, Scope::any); break;
      default: outbound.message = mutator_.mutated(outbound.message, Scope::small); break;
    }
    out.push_back(std::move(outbound));
  }

 private:
  // Half of the recipients get the message as it is, the others `lie`, or nothing.
  void tell_some(const Outbound& outbound, const MessagePtr& lie, std::vector<Outbound>& out) {
    for (const ReplicaId to : recipients(outbound)) {
      const MessagePtr told = mutator_.random().percent(50) ? outbound.message : lie;
      if (told != nullptr) out.push_back({to, told, outbound.after});
    }
  }

  Mutator mutator_;
};

// The archive's slots leave without passing through the engine.
class RandomOutlet final : public Outlet {
 public:
  RandomOutlet(Outlet& honest, SequenceNumber from, std::uint64_t seed) : honest_(honest), from_(from), random_(seed) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    const auto* slot = dynamic_cast<const pbft::DecidedSlot*>(message.get());
    const bool lies = slot != nullptr && slot->sequence() >= from_ && random_.percent(kSharePercent);
    honest_.send(to, lies ? mutated_slot(*slot, random_) : message);
  }
  void reply(const Reply& reply) override { honest_.reply(reply); }

 private:
  Outlet& honest_;
  SequenceNumber from_;
  Random random_;
};

}  // namespace

std::unique_ptr<Engine> make_random(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer& signer) {
  return std::make_unique<RandomLiar>(std::move(correct), strategy, config, signer);
}
std::unique_ptr<Outlet> make_random_outlet(Outlet& honest, const Strategy& strategy) {
  return std::make_unique<RandomOutlet>(honest, strategy.from, strategy.own_option.value_or(kDefaultSeed));
}

}  // namespace breakwater::adversary

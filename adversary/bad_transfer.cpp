// A replica that orders honestly and gives a wrong state to whoever fetches it (hazard 17).
#include "adversary/adversary_engine.hpp"
#include "replication/transfer.hpp"

namespace breakwater::adversary {

namespace {

// True about inner nodes, so that it is asked for more; then, in turn: a leaf left out or forged, nothing, one part
// twice, an old part, a denial, and silence. Requests of its own are honest.
class BadDonorOutlet final : public Outlet {
 public:
  BadDonorOutlet(Outlet& honest, SequenceNumber from) : honest_(honest), from_(from) {}
  void reply(const Reply& reply) override { honest_.reply(reply); }
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    const auto answer = std::dynamic_pointer_cast<const StateAnswer>(message);
    if (answer == nullptr || answer->checkpoint < from_ || answer->part == StatePart::nodes) {
      return honest_.send(to, message);
    }
    auto lie = std::make_shared<StateAnswer>(*answer);
    switch (lies_++ % 6) {
      case 0: forge(*lie); break;
      case 1: lie->given.clear(); break;
      case 2:
        if (!lie->given.empty()) lie->given.push_back(lie->given.front());
        break;
      case 3: std::swap(lie->given, last_[lie->part == StatePart::leaves ? 1 : 0]); break;
      case 4: lie->held = false; break;
      default: return;
    }
    honest_.send(to, lie);
  }
  void flush() override { honest_.flush(); }

 private:
  static void forge(StateAnswer& answer) {
    for (StateAnswer::Given& given : answer.given) {
      if (!given.digests.empty()) given.digests.pop_back();
      for (StateAnswer::Leaf& leaf : given.leaves) {
        if (leaf.value.empty()) leaf.key.push_back(0);
        else leaf.value.back() ^= 1;
      }
    }
  }

  Outlet& honest_;
  const SequenceNumber from_;
  std::vector<StateAnswer::Given> last_[2];  // by part: what an earlier answer held
  std::uint64_t lies_ = 0;
};

}  // namespace

std::unique_ptr<Outlet> make_bad_donor_outlet(Outlet& honest, const Strategy& strategy) {
  return std::make_unique<BadDonorOutlet>(honest, strategy.from);
}

}  // namespace breakwater::adversary

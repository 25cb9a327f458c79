// A replica that orders honestly and lies in its answers (hazard 36).
#include "adversary/adversary_engine.hpp"

namespace breakwater::adversary {

namespace {

// In turn: another slot, another status, another outcome, another content. The view is always wrong. The proof part
// stays, and does not fit any more.
class LyingOutlet final : public Outlet {
 public:
  LyingOutlet(Outlet& honest, SequenceNumber from) : honest_(honest), from_(from) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override { honest_.send(to, message); }
  void reply(const Reply& reply) override {
    if (reply.sequence < from_) return honest_.reply(reply);
    Reply lie = reply;
    lie.view = ViewNumber(lie.view.value + 1'000'003);
    switch (lies_++ % 4) {
      case 0: lie.sequence = lie.sequence.next(); break;
      case 1: lie.status = ReplyStatus::expired; break;
      // The first byte of an encoded result says whether it was accepted.
      case 2: flip(lie.results, [](const Bytes&) { return std::size_t{0}; }); break;
      default: flip(lie.results, [](const Bytes& result) { return result.size() / 2; }); break;
    }
    honest_.reply(lie);
  }
  void flush() override { honest_.flush(); }

 private:
  static void flip(std::vector<Bytes>& results, std::size_t (*place)(const Bytes&)) {
    for (Bytes& result : results) {
      if (!result.empty()) result[place(result)] ^= 1;
    }
  }

  Outlet& honest_;
  SequenceNumber from_;
  std::uint64_t lies_ = 0;
};

}  // namespace

std::unique_ptr<Outlet> make_lying_outlet(Outlet& honest, const Strategy& strategy) {
  return std::make_unique<LyingOutlet>(honest, strategy.from);
}

}  // namespace breakwater::adversary

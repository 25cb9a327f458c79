// A replica that hears everything and says nothing, to peers or clients (hazard 3).
#include "adversary/adversary_engine.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class Silent final : public LyingEngine {
 public:
  using LyingEngine::LyingEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (!lies_now()) out.push_back(std::move(outbound));
  }
};

class SilentOutlet final : public Outlet {
 public:
  SilentOutlet(Outlet& honest, SequenceNumber from) : honest_(honest), from_(from), silent_(from.value <= 1) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override { honest_.send(to, message); }
  void reply(const Reply& reply) override {
    // Answers that name no slot follow the last that did.
    if (reply.sequence >= from_) silent_ = true;
    if (!silent_) honest_.reply(reply);
  }
  void flush() override { honest_.flush(); }

 private:
  Outlet& honest_;
  SequenceNumber from_;
  bool silent_;
};

}  // namespace

std::unique_ptr<Engine> make_silent(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                    const pbft::Config& config, Signer&) {
  return std::make_unique<Silent>(std::move(correct), strategy, config.self, config.quorums.n);
}
std::unique_ptr<Engine> make_raft_silent(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                         const raft::Config& config) {
  return std::make_unique<Silent>(std::move(correct), strategy, config.self, config.quorums.n);
}
std::unique_ptr<Outlet> make_silent_outlet(Outlet& honest, const Strategy& strategy) {
  return std::make_unique<SilentOutlet>(honest, strategy.from);
}

}  // namespace breakwater::adversary

// What every lying engine shares: it forwards everything to a correct engine and rewrites what that one sends.
#pragma once

#include "adversary/strategies.hpp"
#include "pbft/messages.hpp"

namespace breakwater::adversary {

class AdversaryEngine : public Engine {
 public:
  AdversaryEngine(std::unique_ptr<Engine> correct, Strategy strategy, pbft::Config config, Signer& signer)
      : correct_(std::move(correct)), strategy_(std::move(strategy)), config_(std::move(config)), signer_(signer) {}

  std::optional<RejectReason> admit(const Message& message) const override { return correct_->admit(message); }
  std::optional<RejectReason> admit(const Request& request) const override { return correct_->admit(request); }
  void step(Verified<MessagePtr> message) override {
    see(*message);
    correct_->step(std::move(message));
  }
  void convict(Verified<Spoiled> spoiled) override { correct_->convict(std::move(spoiled)); }
  void propose(Verified<RequestPtr> request, bool relayed) override { correct_->propose(std::move(request), relayed); }
  void tick(AgreedTime wall_clock) override {
    ++ticks_;
    correct_->tick(wall_clock);
  }
  void persisted(PersistToken token) override { correct_->persisted(token); }
  void executed(SequenceNumber n, std::optional<Digest> state) override { correct_->executed(n, state); }
  EngineStatus status() const override { return correct_->status(); }

  Ready take_ready() final {
    Ready ready = correct_->take_ready();
    std::vector<Outbound> honest = std::move(ready.send);
    ready.send.clear();
    for (Outbound& outbound : honest) rewrite(std::move(outbound), ready.send);
    return ready;
  }

 protected:
  // Puts into `out` what is sent instead of `outbound`.
  virtual void rewrite(Outbound outbound, std::vector<Outbound>& out) = 0;
  virtual void see(const MessagePtr&) {}

  bool lies_at(SequenceNumber n) const { return n >= strategy_.from; }
  // For lies that no slot names: it lies once the group has reached `from`.
  bool lies_now() const { return correct_->status().chosen.next() >= strategy_.from; }
  SignedStatement sign(StatementKind kind, ViewNumber view, SequenceNumber n, const Digest& digest) const {
    const Statement s{kind, config_.cluster, config_.signatory(config_.self), view, n, digest};
    return {s, signer_.sign(s)};
  }
  std::vector<ReplicaId> others() const {
    std::vector<ReplicaId> out;
    for (std::uint32_t id = 0; id < config_.quorums.n; ++id) {
      if (ReplicaId(id) != config_.self) out.push_back(ReplicaId(id));
    }
    return out;
  }

  std::unique_ptr<Engine> correct_;
  Strategy strategy_;
  pbft::Config config_;
  Signer& signer_;
  std::uint64_t ticks_ = 0;
};

using Maker = std::unique_ptr<Engine> (*)(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_equivocator(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_silent(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_double_voter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_corrupter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_replayer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);

template <class Liar>
std::unique_ptr<Engine> make(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                             Signer& signer) {
  return std::make_unique<Liar>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

// What every lying engine shares: it forwards everything to a correct engine and rewrites what that one sends.
#pragma once

#include "adversary/pen.hpp"
#include "adversary/strategies.hpp"
#include "pbft/messages.hpp"

namespace breakwater::adversary {

class AdversaryEngine : public Engine {
 public:
  AdversaryEngine(std::unique_ptr<Engine> correct, const Strategy& strategy, pbft::Config config, Signer& signer)
      : correct_(std::move(correct)), from_(strategy.from), config_(std::move(config)), pen_(config_, signer) {}

  std::optional<RejectReason> admit(const Message& message) const override { return correct_->admit(message); }
  std::optional<RejectReason> admit(const Request& request) const override { return correct_->admit(request); }
  void step(Verified<MessagePtr> message) override {
    see(*message);
    correct_->step(std::move(message));
  }
  void convict(Verified<Spoiled> spoiled) override { correct_->convict(std::move(spoiled)); }
  void propose(Verified<RequestPtr> request, bool relayed) override { correct_->propose(std::move(request), relayed); }
  void tick(AgreedTime wall_clock) override { correct_->tick(wall_clock); }
  void persisted(PersistToken token) override { correct_->persisted(token); }
  void executed(SequenceNumber n, std::optional<Digest> state) override { correct_->executed(n, state); }
  EngineStatus status() const override { return correct_->status(); }

  Ready take_ready() final {
    Ready ready = correct_->take_ready();
    if (!lies_now_) lies_now_ = correct_->status().chosen.next() >= from_;
    std::vector<Outbound> honest = std::move(ready.send);
    ready.send.clear();
    for (Outbound& outbound : honest) rewrite(std::move(outbound), ready.send);
    if (lies_now_) volunteer(ready.send);
    return ready;
  }

 protected:
  // Puts into `out` what is sent instead of `outbound`. Whatever is signed anew waits for the token that the honest
  // message waits for.
  virtual void rewrite(Outbound outbound, std::vector<Outbound>& out) = 0;
  // What it sends of its own accord. It must add nothing when called again without input, or the loop never ends; and
  // what it adds names no token, unless that of a message the correct engine sent.
  virtual void volunteer(std::vector<Outbound>&) {}
  // A message that came in, before the correct engine has it.
  virtual void see(const MessagePtr&) {}

  bool lies_at(SequenceNumber n) const { return n >= from_; }
  // For lies that no slot names: from when the group has reached the slot.
  bool lies_now() const { return lies_now_; }

  // This replica's own proposal of a batch, for a slot to lie about; else null.
  std::shared_ptr<const pbft::PrePrepare> own_proposal(const Outbound& outbound) const {
    const auto proposal = std::dynamic_pointer_cast<const pbft::PrePrepare>(outbound.message);
    const bool own = proposal != nullptr && proposal->sender() == config_.self && proposal->batch != nullptr;
    return own && lies_at(proposal->sequence()) ? proposal : nullptr;
  }
  // This replica's own message of that kind; null for others' that it passes on.
  template <class M>
  std::shared_ptr<const M> own(const Outbound& outbound) const {
    const auto message = std::dynamic_pointer_cast<const M>(outbound.message);
    return message != nullptr && message->sender() == config_.self ? message : nullptr;
  }
  // The same statement over another digest, signed as this replica.
  SignedStatement sign(StatementKind kind, const pbft::StatementMessage& like, const Digest& digest) const {
    return pen_.sign(kind, like.view(), like.sequence(), digest);
  }
  // Whom `outbound` goes to, one by one.
  std::vector<ReplicaId> recipients(const Outbound& outbound) const {
    if (outbound.to) return {*outbound.to};
    std::vector<ReplicaId> others;
    for (std::uint32_t id = 0; id < config_.quorums.n; ++id) {
      if (ReplicaId(id) != config_.self) others.push_back(ReplicaId(id));
    }
    return others;
  }

  std::unique_ptr<Engine> correct_;
  const SequenceNumber from_;
  const pbft::Config config_;
  const Pen pen_;

 private:
  bool lies_now_ = false;
};

using EngineMaker = std::unique_ptr<Engine> (*)(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_equivocator(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_silent(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_double_voter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_corrupter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_replayer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_slow(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_censor(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_checkpointer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_view_changer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_new_viewer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_view_flooder(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_colluder(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_random(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);

using OutletMaker = std::unique_ptr<Outlet> (*)(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_lying_outlet(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_silent_outlet(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_random_outlet(Outlet&, const Strategy&);

}  // namespace breakwater::adversary

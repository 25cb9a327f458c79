// What every lying engine shares, whatever its protocol: it forwards everything to a correct engine and rewrites what
// that one sends.
#pragma once

#include "adversary/strategies.hpp"

namespace breakwater::adversary {

// One thread. What it persists and executes is what the correct engine persists and executes.
class LyingEngine : public Engine {
 public:
  // Replica `self` of a group of `replicas`.
  LyingEngine(std::unique_ptr<Engine> correct, const Strategy& strategy, ReplicaId self, std::uint32_t replicas)
      : correct_(std::move(correct)), from_(strategy.from), self_(self), replicas_(replicas) {}

  std::optional<RejectReason> admit(const Message& message) const override { return correct_->admit(message); }
  std::optional<RejectReason> admit(const Request& request) const override { return correct_->admit(request); }
  void step(Verified<MessagePtr> message) override {
    see(*message);
    correct_->step(std::move(message));
  }
  void convict(Verified<Spoiled> spoiled) override { correct_->convict(std::move(spoiled)); }
  void distrust(Verified<Garbled> garbled) override { correct_->distrust(std::move(garbled)); }
  void propose(Verified<RequestPtr> request, bool relayed) override { correct_->propose(std::move(request), relayed); }
  void tick(AgreedTime wall_clock) override { correct_->tick(wall_clock); }
  void persisted(PersistToken token) override { correct_->persisted(token); }
  void executed(const Committed& slot, const Execution& execution) override { correct_->executed(slot, execution); }
  bool serves_reads() const override { return correct_->serves_reads(); }
  bool read(const Verified<RequestPtr>& request) override { return correct_->read(request); }
  void snapshot_loaded(SnapshotPtr snapshot) override { correct_->snapshot_loaded(std::move(snapshot)); }
  void fetched(SequenceNumber n, bool whole) override { correct_->fetched(n, whole); }
  void installed(bool installed) override { correct_->installed(installed); }
  EngineStatus status() const override { return correct_->status(); }
  std::optional<ReplicaId> redirect() const override { return correct_->redirect(); }
  std::vector<Held> held() const override { return correct_->held(); }

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
  // Puts into `out` what is sent instead of `outbound`. Whatever is said anew waits for the token that the honest
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

  // This replica's own message of that kind; null for others' that it passes on.
  template <class M>
  std::shared_ptr<const M> own(const Outbound& outbound) const {
    const auto message = std::dynamic_pointer_cast<const M>(outbound.message);
    return message != nullptr && message->sender() == self_ ? message : nullptr;
  }
  // Whom `outbound` goes to, one by one.
  std::vector<ReplicaId> recipients(const Outbound& outbound) const {
    if (outbound.to) return {*outbound.to};
    std::vector<ReplicaId> others;
    for (std::uint32_t id = 0; id < replicas_; ++id) {
      if (ReplicaId(id) != self_) others.push_back(ReplicaId(id));
    }
    return others;
  }
  // Of the others the later half, and the one in the middle: they are told the other story.
  bool is_lied_to(ReplicaId other) const {
    const std::uint32_t place = other.value - (other > self_ ? 1 : 0);
    return place >= (replicas_ - 1) / 2;
  }

  const std::unique_ptr<Engine> correct_;
  const SequenceNumber from_;
  const ReplicaId self_;

 private:
  const std::uint32_t replicas_;
  bool lies_now_ = false;
};

}  // namespace breakwater::adversary

// A replica whose view-changes lie about what it prepared and what is stable (hazard 11).
#include <utility>

#include "adversary/adversary_engine.hpp"
#include "crypto/digest.hpp"

namespace breakwater::adversary {

namespace {

// What a view-change lies about, in turn. The last lie alone is well formed: whoever holds it for a view takes what
// comes after it for a contradiction, and judges it no further.
enum class Lie { unproved_checkpoint, forged_certificate, edited_certificate, forged_checkpoint, hides_prepared };
constexpr std::uint64_t kLies = 5;

class BadViewChanger final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

  void tick(AgreedTime wall_clock) override {
    asks_ = ++ticks_ % config_.view_change_timeout_ticks == 0;
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  // Each recipient gets a lie of its own, so that no two hold the same.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto honest = own<pbft::ViewChange>(outbound);
    if (honest == nullptr || !lies_now()) return out.push_back(std::move(outbound));
    last_body_ = honest->body;
    for (const ReplicaId to : recipients(outbound)) {
      out.push_back({to, lying(honest->view(), honest->sequence(), honest->body), outbound.after});
    }
  }

  // It need not wait until the others leave: once per timeout it asks for the next view by itself.
  void volunteer(std::vector<Outbound>& out) override {
    if (!std::exchange(asks_, false) || status().role == "view-changing") return;
    const std::optional<Certificate>& stable = last_body_.stable_checkpoint;
    const SequenceNumber low = stable ? stable->statement.sequence : SequenceNumber(0);
    out.push_back({std::nullopt, lying(status().view.next(), low, last_body_), std::nullopt});
  }

 private:
  pbft::ViewChangePtr lying(ViewNumber view, SequenceNumber low, pbft::ViewChange::Body body) {
    switch (static_cast<Lie>(told_++ % kLies)) {
      case Lie::hides_prepared: body.prepared.clear(); break;
      case Lie::forged_certificate: forge_prepared(body, low); break;
      case Lie::edited_certificate:
        if (body.prepared.empty()) forge_prepared(body, low);
        // The votes are true ones, and of another batch than the proposal.
        body.prepared.back().pre_prepare.statement.digest = hash("made up", body.prepared.back().digest().view());
        break;
      case Lie::forged_checkpoint: low = forge_checkpoint(body, low); break;
      case Lie::unproved_checkpoint:
        low = forge_checkpoint(body, low);
        body.stable_checkpoint.reset();
        break;
    }
    return pen_.view_change(view, low, std::move(body));
  }

  // In form a prepared certificate of view 0 for the first slot above `low`; nobody signed it.
  void forge_prepared(pbft::ViewChange::Body& body, SequenceNumber low) const {
    const ReplicaId primary = config_.primary_of(ViewNumber(0));
    Statement s{StatementKind::pre_prepare, config_.cluster, config_.signatory(primary), ViewNumber(0), low.next(),
                hash("made up", {})};
    pbft::PreparedCertificate forged{{s, Pen::scribble()}, {}};
    s.kind = StatementKind::prepare;
    forged.prepares = {without_signer(s), scribbled_entries(config_.quorums.quorum - 1, primary)};
    std::erase_if(body.prepared, [&](const auto& certificate) { return certificate.sequence() == low.next(); });
    body.prepared.insert(body.prepared.begin(), std::move(forged));
  }

  // Claims the next checkpoint as stable, over a root that it made up; what lies below it needs no certificates then.
  SequenceNumber forge_checkpoint(pbft::ViewChange::Body& body, SequenceNumber low) const {
    const SequenceNumber claimed = low.plus(config_.checkpoint_interval);
    const Statement s{
        StatementKind::checkpoint, config_.cluster, config_.signatory(config_.self), ViewNumber(0), claimed,
        hash("made up", {})};
    body.stable_checkpoint = Certificate{without_signer(s), scribbled_entries(config_.quorums.quorum, std::nullopt)};
    std::erase_if(body.prepared, [&](const auto& certificate) { return certificate.sequence() <= claimed; });
    return claimed;
  }

  std::vector<Certificate::Entry> scribbled_entries(std::size_t count, std::optional<ReplicaId> except) const {
    std::vector<Certificate::Entry> entries;
    for (std::uint32_t id = 0; id < config_.quorums.n && entries.size() < count; ++id) {
      if (ReplicaId(id) != except)
        entries.push_back({ReplicaId(id), config_.signatory(ReplicaId(id)).incarnation, Pen::scribble()});
    }
    return entries;
  }

  pbft::ViewChange::Body last_body_;  // of its last honest one
  std::uint64_t ticks_ = 0;
  std::uint64_t told_ = 0;
  bool asks_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_bad_view_changer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                              const pbft::Config& config, Signer& signer) {
  return std::make_unique<BadViewChanger>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary

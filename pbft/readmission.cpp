// Which incarnation speaks for this replica, and whose word still counts in a view change. docs/protocol.md,
// "Readmission".
#include <algorithm>
#include <utility>

#include "pbft/engine.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

// The stable checkpoint from which on the earliest incarnation that this store remembers counts.
SequenceNumber PbftEngine::silent_until() const {
  return config_.incarnations->effective_from(config_.self, config_.remembered);
}

// A replica that lost its store neither votes nor asks for views nor answers until then: what it promised before is
// below that checkpoint, or counts no more.
bool PbftEngine::is_silent() const {
  return recollects_ || (stable_ < silent_until() && !mutant(Mutant::speaks_at_once));
}

// In an incarnation whose promises this store holds, and whose key it has.
bool PbftEngine::speaks_on(SequenceNumber n) const {
  if (mutant(Mutant::speaks_at_once)) return true;
  const Incarnation own = config_.incarnations->at(config_.self, n);
  return !is_silent() && own >= config_.remembered && own <= signer_.identity().incarnation;
}

// What it heard while it was silent, it votes on now.
void PbftEngine::speak_up() {
  if (is_silent()) {
    was_silent_ = true;
    return;
  }
  if (!std::exchange(was_silent_, false) || !active()) return;
  // It could not judge the primary: what waited meanwhile gets a whole timeout, or a replica that the group has just
  // taken back would leave the view alone.
  requests_.disarm_all();
  requests_.arm_all(request_ticks_);
  for (auto& [n, vote] : own_checkpoints_) {
    if (!vote.signature.is_zero() || !speaks_on(n)) continue;
    vote = sign(StatementKind::checkpoint, ViewNumber(0), n, vote.statement.digest);
    journal_own_checkpoint(vote);
    send_after_persist(std::make_shared<Checkpoint>(vote));
    if (n > stable_ && in_window(n)) checkpoint_votes_[n][config_.self] = vote;
  }
  resume_slots();
}

// Signed by this replica, in an incarnation whose promises this store holds.
bool PbftEngine::is_mine(const SignedStatement& own) const {
  return own.statement.signer.incarnation >= config_.remembered && !own.signature.is_zero();
}

Statement PbftEngine::unsigned_checkpoint(SequenceNumber n, const Digest& root) const {
  return {StatementKind::checkpoint, config_.cluster, config_.signatory(config_.self, n), ViewNumber(0), n, root};
}

std::optional<Incarnation> PbftEngine::own_incarnation_asking_from(SequenceNumber low) const {
  const std::optional<Incarnation> incarnation = config_.incarnations->asking_from(config_.self, low);
  const bool is_own =
      incarnation && *incarnation >= config_.remembered && *incarnation <= signer_.identity().incarnation;
  return is_own ? incarnation : std::nullopt;
}

bool PbftEngine::may_ask_for_views() const {
  return !quarantined_ && !is_silent() && own_incarnation_asking_from(stable_).has_value();
}

// Would it count here, beside this replica's own?
bool PbftEngine::still_asks(const ViewChange& m) const {
  return config_.asks(m.header.statement.signer, m.sequence(), std::max(m.sequence(), stable_));
}

// Who prepared a slot beyond E has promised it together with the new incarnation, and knows more than a new-view that
// rests on the old one's view-change: that one may stem from before, and nobody else in V need have seen the slot.
bool PbftEngine::undermines_own_vote(const NewView& m) const {
  if (mutant(Mutant::any_incarnation)) return false;
  const auto prepared = std::ranges::find_if(log_.rbegin(), log_.rend(),
                                             [](const auto& entry) { return entry.second.prepared.has_value(); });
  if (prepared == log_.rend()) return false;
  return std::ranges::any_of(m.body.view_changes, [&](const ViewChangePtr& view_change) {
    const Signatory& signer = view_change->header.statement.signer;
    if (view_change->sender() == config_.self && is_mine(view_change->header)) return false;
    return signer.incarnation < config_.incarnations->at(view_change->sender(), prepared->first);
  });
}

// Its view-change of an earlier incarnation stopped counting while the view change lasted.
void PbftEngine::renew_view_change() {
  const auto own = view_changes_.find(config_.self);
  if (!view_changing_ || own == view_changes_.end() || !may_ask_for_views()) return;
  if (own->second->header.statement.signer.incarnation == *own_incarnation_asking_from(stable_)) return;
  ask_for_view();
}

// Proposals of the O set that lay too far beyond what had been executed here.
void PbftEngine::adopt_late_proposals() {
  if (new_view_ == nullptr || view_changing_) return;
  for (const SignedStatement& pre_prepare : new_view_->body.pre_prepares) {
    const SequenceNumber n = pre_prepare.statement.sequence;
    if (in_window(n) && n > delivered_ && !log_[n].pre_prepare) adopt_proposal(pre_prepare);
  }
}

}  // namespace breakwater::pbft

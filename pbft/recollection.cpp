// A store restored from an old copy: the replica has signed what its store does not know. Best effort: its peers send
// back what they hold of its own, and the signatures prove it. docs/threat-model.md says what is not found.
#include <algorithm>

#include "pbft/engine.hpp"

namespace breakwater::pbft {

namespace {
constexpr std::size_t kReturnedCommits = 4;   // per status: one that it does not know is enough
constexpr std::uint64_t kShortestTicks = 30;  // so that this replica's own status reaches those that it heard
}  // namespace

// What this replica says reaches itself when a peer sends it back, and matters only if its store does not know it.
std::optional<RejectReason> PbftEngine::admit_own(const PbftMessage& m) const {
  const auto* own = dynamic_cast<const StatementMessage*>(&m);
  if (own == nullptr || config_.recollection_ticks == 0 || quarantined_) return RejectReason::from_self;
  if (own->header.statement.cluster != config_.cluster) return RejectReason::wrong_cluster;
  return is_beyond_memory(*own) ? std::nullopt : std::optional(RejectReason::from_self);
}

// Everything below was durable before it was said (recovery.cpp). Votes of views that were left are not remembered one
// by one, nor what is below the stable checkpoint.
bool PbftEngine::is_beyond_memory(const StatementMessage& m) const {
  const Statement& s = m.header.statement;
  if (s.signer.incarnation < config_.remembered) return false;  // an earlier incarnation's, which need not be known
  switch (s.kind) {
    case StatementKind::checkpoint: return s.sequence > executed_;
    case StatementKind::view_change:
    case StatementKind::new_view:
    case StatementKind::pre_prepare:
    case StatementKind::prepare: return s.view > view_;
    case StatementKind::commit: {
      if (s.view != view_ || view_changing_ || s.sequence <= stable_) return s.view > view_;
      const Slot* slot = find_slot(s.sequence);
      return slot == nullptr || !slot->commits.contains(config_.self);
    }
    default: return false;
  }
}

void PbftEngine::on_own_words(const StatementMessage& m) {
  old_copy_ = true;
  quarantine("a peer holds its " + std::string(m.name()) + " for view " + std::to_string(m.view().value) + ", slot " +
             std::to_string(m.sequence().value) + ", which its store does not know: the store is an old copy");
}

// By its status, the sender should know these. Sent whenever it tells less, not only after a restart.
void PbftEngine::return_own_words(const Status& m) {
  if (config_.recollection_ticks == 0) return;
  const ReplicaId to = m.sender();
  const auto asked = view_changes_.find(to);
  if (asked != view_changes_.end() && asked->second->view() > m.view) send_now(asked->second, to);
  const auto far = far_checkpoints_.find(to);
  if (far != far_checkpoints_.end() && far->second.statement.sequence > m.decided) {
    send_now(std::make_shared<Checkpoint>(far->second), to);
  }
  for (const auto& [n, votes] : checkpoint_votes_) {
    const auto vote = votes.find(to);
    if (n > m.decided && vote != votes.end()) send_now(std::make_shared<Checkpoint>(vote->second), to);
  }
  std::size_t returned = 0;
  for (auto it = log_.rbegin(); it != log_.rend() && it->first > m.decided && returned < kReturnedCommits; ++it) {
    const auto vote = it->second.commits.find(to);
    if (vote == it->second.commits.end()) continue;
    if (std::ranges::find(m.slots, it->first, &Status::Slot::sequence) != m.slots.end()) continue;
    send_now(std::make_shared<Commit>(vote->second), to);
    ++returned;
  }
}

// It votes again once all peers had their chance, or after the time that is set for it: peers may be down for good.
void PbftEngine::recollect() {
  const bool all_heard = recollected_.size() + 1 == config_.quorums.n && ticks_ > kShortestTicks;
  if (recollects_ && (all_heard || ticks_ > config_.recollection_ticks)) recollects_ = false;
  speak_up();
}

}  // namespace breakwater::pbft

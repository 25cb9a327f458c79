// Checkpoints, watermarks and garbage collection. OSDI '99, section 4.3.
#include <algorithm>

#include "pbft/engine.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

void PbftEngine::executed(const Committed& slot, const Execution& execution) {
  const SequenceNumber sequence = slot.sequence;
  const std::optional<Digest>& state = execution.state;
  BW_ASSERT((sequence == executed_.next() || mutant(Mutant::out_of_order)) && sequence <= delivered_);
  BW_ASSERT(state.has_value() == config_.is_checkpoint(sequence));
  const bool was_behind = executed_ < stable_;
  executed_ = sequence;
  if (slot.batch != nullptr) {
    for (const RequestPtr& r : slot.batch->requests) requests_.executed({r->client, r->number});
  }
  for (const auto& [client, last] : execution.spent) requests_.spent(client, last);
  monitor_.worked(execution.fresh_work, is_fed());
  if (was_behind) adopt_late_proposals();
  deliver();
  if (!state) return;
  archive_is_due_ = true;  // the checkpoint's transaction holds every slot up to it
  // A checkpoint is signed once; after a restart the journal's own is sent again.
  if (!own_checkpoints_.contains(sequence)) {
    // Of a slot on which this replica does not speak, the root alone is kept: to compare with the certified one.
    own_checkpoints_[sequence] = speaks_on(sequence)
                                     ? sign(StatementKind::checkpoint, ViewNumber(0), sequence, *state)
                                     : SignedStatement{unsigned_checkpoint(sequence, *state), Signature{}};
    journal_own_checkpoint(own_checkpoints_[sequence]);
    forget_old_checkpoints();
  }
  const SignedStatement& vote = own_checkpoints_[sequence];
  if (vote.statement.digest != *state) {
    return quarantine("executing slot " + std::to_string(sequence.value) + " again gave another state", sequence);
  }
  if (quarantined_ || !is_mine(vote)) return compare_with_certified(sequence);
  if (!ready_.persist.empty()) send_after_persist(std::make_shared<Checkpoint>(vote));
  if (sequence > stable_) {
    checkpoint_votes_[sequence][config_.self] = vote;
    check_stable(sequence);
  }
  compare_with_certified(sequence);
}

// A replica that catches up passes many checkpoints before it sees one certified. Of its own votes the latest are kept:
// where older ones were needed, the group's window would not have moved this far.
void PbftEngine::forget_old_checkpoints() {
  while (own_checkpoints_.size() > config_.log_window / config_.checkpoint_interval + 1) {
    const SequenceNumber oldest = own_checkpoints_.begin()->first;
    forget_own_checkpoint(oldest);
    const auto votes = checkpoint_votes_.find(oldest);
    if (votes != checkpoint_votes_.end() && votes->second.erase(config_.self) > 0 && votes->second.empty()) {
      checkpoint_votes_.erase(votes);
    }
    own_checkpoints_.erase(oldest);
  }
}

void PbftEngine::on_checkpoint(const Checkpoint& m) {
  const SequenceNumber n = m.sequence();
  if (n != stable_ && !in_window(n)) {
    // This replica may be far behind: one bounded place per signer is enough to see a quorum ahead.
    const auto far = far_checkpoints_.find(m.sender());
    if (far != far_checkpoints_.end()) look_for_contradiction(far->second, m.header);
    far_checkpoints_[m.sender()] = m.header;
  } else {
    Slot::Votes& votes = checkpoint_votes_[n];
    const auto held = votes.find(m.sender());
    if (held != votes.end()) {
      look_for_contradiction(held->second, m.header);
      return reject(RejectReason::contradicts_vote, m.name(), m.sender());
    }
    votes[m.sender()] = m.header;
  }
  if (n > stable_) check_stable(n);
}

// Stable: a quorum of distinct replicas signed one root for one sequence number.
void PbftEngine::check_stable(SequenceNumber n) {
  Slot::Votes votes = in_window(n) ? checkpoint_votes_[n] : Slot::Votes{};
  for (const auto& [signer, vote] : far_checkpoints_) {
    if (vote.statement.sequence == n) votes.emplace(signer, vote);
  }
  for (const auto& [signer, vote] : votes) {
    std::vector<Certificate::Entry> entries = matching(votes, ViewNumber(0), vote.statement.digest);
    const std::size_t needed = mutant(Mutant::stable_at_f_plus_1) ? config_.quorums.weak : config_.quorums.quorum;
    if (entries.size() < needed) continue;
    entries.resize(needed);
    return make_stable({without_signer(vote.statement), std::move(entries)});
  }
}

// The caller guarantees a valid certificate for a sequence above stable_.
void PbftEngine::make_stable(const Certificate& certificate) {
  BW_ASSERT(certificate.statement.sequence > stable_);
  stable_ = certificate.statement.sequence;
  stable_certificate_ = certificate;
  journal_stable();
  forget_journal(stable_);
  log_.erase(log_.begin(), log_.upper_bound(stable_));
  // The votes on the stable one stay: a late vote that contradicts an early one still convicts.
  checkpoint_votes_.erase(checkpoint_votes_.begin(), checkpoint_votes_.lower_bound(stable_));
  std::erase_if(far_checkpoints_, [&](const auto& far) { return far.second.statement.sequence < stable_; });
  // Votes that were too far ahead may lie within the window now.
  std::erase_if(far_checkpoints_, [&](const auto& far) {
    const bool inside = in_window(far.second.statement.sequence);
    if (inside) checkpoint_votes_[far.second.statement.sequence].emplace(far.first, far.second);
    return inside;
  });
  if (next_sequence_ <= stable_) next_sequence_ = stable_.next();
  compare_with_certified(stable_);
  std::erase_if(view_changes_,
                [&](const auto& entry) { return entry.first != config_.self && !still_asks(*entry.second); });
  renew_view_change();
  speak_up();

  // Proposals that waited just above the old window.
  std::map<SequenceNumber, std::shared_ptr<const PrePrepare>> early = std::move(early_);
  early_.clear();
  for (const auto& [n, m] : early) {
    if (!admit_pre_prepare(*m)) on_pre_prepare(*m);
  }
  consider_fetch();
}

// A replica whose own root differs from a certified one has a state nobody may trust: it stops voting, and fetches the
// certified one (transfer.cpp).
void PbftEngine::compare_with_certified(SequenceNumber n) {
  const auto own = own_checkpoints_.find(n);
  if (own == own_checkpoints_.end() || !stable_certificate_ || stable_certificate_->statement.sequence != n) return;
  if (own->second.statement.digest != stable_certificate_->statement.digest) {
    quarantine("its state at checkpoint " + std::to_string(n.value) + " differs from the certified one", n);
  }
  while (own_checkpoints_.begin()->first < n) {
    forget_own_checkpoint(own_checkpoints_.begin()->first);
    own_checkpoints_.erase(own_checkpoints_.begin());
  }
}

// `wrong_at`: the checkpoint whose certified state, or a later one's, mends it; absent: nothing does.
void PbftEngine::quarantine(std::string why, std::optional<SequenceNumber> wrong_at) {
  quarantined_ = true;
  wrong_at_ = wrong_at;
  quarantine_reason_ = std::move(why);
  reject(RejectReason::quarantined, "state", config_.self);
  consider_fetch();
}

}  // namespace breakwater::pbft

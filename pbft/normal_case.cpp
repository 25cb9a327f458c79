// The normal case: pre-prepare, prepare, commit, delivery. OSDI '99, section 4.2.
#include <algorithm>
#include <set>

#include "pbft/engine.hpp"
#include "pbft/limits.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

// Deviations from the paper: a batch stands where the paper has one request (section 5.1.2 of TOCS 2002); the next
// slot is opened while others are outstanding only for a batch worth its quorum of signatures.
void PbftEngine::propose_batches() {
  if (!active() || !is_primary() || wall_clock_ == AgreedTime(0)) return;
  const SequenceNumber last = last_to_propose();
  while (requests_.unproposed() > 0 && next_sequence_ <= last && in_window(next_sequence_) &&
         speaks_on(next_sequence_)) {
    const std::uint64_t outstanding = next_sequence_.value - 1 - std::min(delivered_.value, next_sequence_.value - 1);
    if (outstanding >= config_.pipeline) return;
    const std::size_t in_flight = requests_.size() - requests_.unproposed();
    const bool worth_a_slot = requests_.unproposed() >= std::min<std::size_t>(config_.max_batch_requests, in_flight);
    if (outstanding > 0 && !worth_a_slot) return;

    // What the clock reads, even below an earlier proposal: agreed time takes the larger one when it is applied, and a
    // clock that was ahead once must not spoil every later proposal.
    const BatchPtr batch = make_batch(wall_clock_, requests_.take_batch(config_.max_batch_requests, kMaxBatchBytes));
    const SequenceNumber n = next_sequence_;
    next_sequence_ = n.next();
    const SignedStatement header = sign(StatementKind::pre_prepare, view_, n, batch->digest);
    accept_pre_prepare(log_[n], header, batch, true);
    send_after_persist(std::make_shared<PrePrepare>(header, batch));
  }
}

// What is wrong with a proposal's content, whoever proposed it. Client signatures were checked by the authenticator.
std::optional<RejectReason> PbftEngine::proposal_fault(const Batch& batch) const {
  if (batch.requests.empty()) return RejectReason::empty_batch;
  if (batch.requests.size() > config_.max_batch_requests) return RejectReason::oversized;
  std::set<RequestQueue::Key> seen;
  for (const RequestPtr& request : batch.requests) {
    if (!seen.emplace(request->client, request->number).second) return RejectReason::duplicate_request;
  }
  return std::nullopt;
}

// A backup's clock gates its own prepare, and nothing else: with a clock astray it still counts others' votes.
bool PbftEngine::time_is_acceptable(AgreedTime proposed) const {
  const std::uint64_t now = wall_clock_.value;
  const std::uint64_t gap = proposed.value > now ? proposed.value - now : now - proposed.value;
  return now != 0 && gap <= config_.max_clock_skew_us;
}

void PbftEngine::on_pre_prepare(const PrePrepare& m) {
  const SequenceNumber n = m.sequence();
  if (!in_window(n)) {
    early_.emplace(n, std::make_shared<PrePrepare>(m));
    return;
  }
  Slot& slot = log_[n];
  if (slot.claimed) look_for_contradiction(*slot.claimed, m.header);
  if (view_changing_) return;  // it was a contradiction: this view is left
  if (slot.pre_prepare) return reject(RejectReason::equivocation, m.name(), m.sender());
  slot.claimed = m.header;
  if (const auto fault = proposal_fault(*m.batch)) return reject(*fault, m.name(), m.sender());
  if (slot.decided && *slot.decided != m.digest()) {
    return reject(RejectReason::contradicts_vote, m.name(), m.sender());
  }
  const bool timely = time_is_acceptable(m.batch->time);
  if (!timely) reject(RejectReason::time_skew, m.name(), m.sender());
  accept_pre_prepare(slot, m.header, m.batch, timely);
}

// Logs a proposal of the current view: a primary's own, a backup's accepted one, or one of a new-view's O set whose
// body is at hand.
void PbftEngine::accept_pre_prepare(Slot& slot, const SignedStatement& pre_prepare, BatchPtr batch, bool may_prepare) {
  BW_ASSERT(!slot.pre_prepare && pre_prepare.statement.view == view_);
  slot.pre_prepare = pre_prepare;
  slot.claimed = pre_prepare;
  slot.batch = std::move(batch);
  if (slot.batch != nullptr) {
    for (const RequestPtr& request : slot.batch->requests) requests_.mark_proposed({request->client, request->number});
  }
  if (!slot.has_body()) return;  // retransmission.cpp fetches it; then adopt_proposal() goes on
  journal_body(slot, pre_prepare.statement.sequence, slot.batch);
  if (may_prepare && !is_primary() && !quarantined_ && speaks_on(pre_prepare.statement.sequence)) {
    send_prepare(slot);
  } else {
    journal_proposal(slot);
  }
  check_prepared(slot);
}

void PbftEngine::send_prepare(Slot& slot) {
  const Statement& proposal = slot.pre_prepare->statement;
  const SignedStatement vote = sign(StatementKind::prepare, view_, proposal.sequence, proposal.digest);
  slot.own_prepare = std::make_shared<Prepare>(vote, proposal.signer, slot.pre_prepare->signature);
  slot.prepares[config_.self] = vote;
  journal_proposal(slot);
  send_after_persist(slot.own_prepare);
}

void PbftEngine::on_prepare(const Prepare& m) {
  Slot& slot = log_[m.sequence()];
  const auto held = slot.prepares.find(m.sender());
  if (held != slot.prepares.end()) look_for_contradiction(held->second, m.header);
  const auto commit = slot.commits.find(m.sender());
  if (commit != slot.commits.end()) look_for_contradiction(m.header, commit->second);
  // The carried pre-prepare: two backups with different proposals hold the primary's two signatures between them.
  const SignedStatement answered = m.answered();
  if (slot.claimed) look_for_contradiction(*slot.claimed, answered);
  if (view_changing_ && !mutant(Mutant::votes_after_asking)) return;
  if (!slot.claimed) slot.claimed = answered;
  if (held != slot.prepares.end() && held->second.statement.view == m.view() && !mutant(Mutant::duplicate_signers)) {
    return reject(RejectReason::contradicts_vote, m.name(), m.sender());
  }
  keep_vote(slot.prepares, m.header);
  check_prepared(slot);
}

// prepared(m, v, n): the pre-prepare, its body, and matching prepares of quorum-1 distinct backups.
void PbftEngine::check_prepared(Slot& slot) {
  if (!slot.has_body() || slot.prepared_in(slot.pre_prepare->statement.view) || quarantined_) return;
  const Statement& proposal = slot.pre_prepare->statement;
  if (!speaks_on(proposal.sequence)) return;
  const std::size_t needed = config_.quorums.quorum - (mutant(Mutant::prepared_early) ? 2 : 1);
  std::vector<Certificate::Entry> votes = matching(slot.prepares, proposal.view, proposal.digest);
  if (!mutant(Mutant::primary_prepare_counted)) {
    std::erase_if(votes, [&](const Certificate::Entry& e) { return e.signer == config_.primary_of(proposal.view); });
  }
  if (votes.size() < needed) return;
  votes.resize(needed);

  Statement vote = proposal;
  vote.kind = StatementKind::prepare;
  slot.prepared = PreparedCertificate{*slot.pre_prepare, {without_signer(vote), std::move(votes)}};
  slot.prepared_batch = slot.batch;
  const SignedStatement commit = sign(StatementKind::commit, proposal.view, proposal.sequence, proposal.digest);
  slot.own_commit = std::make_shared<Commit>(commit);
  slot.commits[config_.self] = commit;
  journal_prepared(slot);
  send_after_persist(slot.own_commit);
  check_decided(slot);
}

void PbftEngine::on_commit(const Commit& m) {
  Slot& slot = log_[m.sequence()];
  const auto prepare = slot.prepares.find(m.sender());
  if (prepare != slot.prepares.end()) look_for_contradiction(prepare->second, m.header);
  const auto held = slot.commits.find(m.sender());
  if (held != slot.commits.end()) look_for_contradiction(held->second, m.header);
  if (view_changing_ && !mutant(Mutant::votes_after_asking)) return;
  if (held != slot.commits.end() && held->second.statement.view == m.view() && !mutant(Mutant::duplicate_signers)) {
    return reject(RejectReason::contradicts_vote, m.name(), m.sender());
  }
  keep_vote(slot.commits, m.header);
  check_decided(slot);
}

// committed-local: a quorum of matching commits, and the body. Deviation: prepared here is not asked for, since the
// quorum's certificate alone proves the decision (it is what the archive keeps and what is relayed).
void PbftEngine::check_decided(Slot& slot) {
  if (slot.decided || !slot.has_body()) return;
  const Statement& proposal = slot.pre_prepare->statement;
  const std::size_t needed = config_.quorums.quorum - (mutant(Mutant::commit_at_2f) ? 1 : 0);
  std::vector<Certificate::Entry> votes = matching(slot.commits, proposal.view, proposal.digest);
  if (votes.size() < needed) return;
  votes.resize(needed);
  Statement commit = proposal;
  commit.kind = StatementKind::commit;
  decide({without_signer(commit), std::move(votes)}, slot.batch);
}

// The caller guarantees a valid commit certificate, whose digest is the batch's.
void PbftEngine::decide(Certificate commits, BatchPtr batch) {
  const SequenceNumber n = commits.statement.sequence;
  if (Slot* slot = in_window(n) ? &log_[n] : nullptr) {
    if (slot->decided && *slot->decided != commits.statement.digest) {
      return quarantine("two certified decisions for slot " + std::to_string(n.value) + ": more than f replicas lie");
    }
    slot->decided = commits.statement.digest;
    slot->decided_batch = batch;
  }
  if (n <= delivered_) return;
  decided_.emplace(n, Decision{std::move(commits), std::move(batch)});
  deliver();
}

// Execution is contiguous: slots leave in order, each once.
void PbftEngine::deliver() {
  const auto is_next = [&](SequenceNumber n) {
    return (n == delivered_.next() || mutant(Mutant::out_of_order)) && n <= executed_.plus(config_.log_window);
  };
  for (auto it = decided_.begin(); it != decided_.end() && is_next(it->first); it = decided_.erase(it)) {
    Decision& decision = it->second;
    // What was buffered far ahead was judged before the readmissions that may matter to it had executed here.
    if (!signers_vote_there(decision.commits, config_)) {
      reject(RejectReason::wrong_incarnation, "decided-slot", std::nullopt);
      decided_.erase(it);
      return;
    }
    delivered_ = it->first;
    deferred_.push_back({delivered_,
                         {Table::archive, Writer().ordered_u64(delivered_.value).take(),
                          encode_archived(decision.commits, decision.batch)}});
    if (delivered_.value > config_.archive_retention) {
      const std::uint64_t expired = delivered_.value - config_.archive_retention;
      deferred_.push_back({delivered_, {Table::archive, Writer().ordered_u64(expired).take(), std::nullopt}});
    }
    ready_.execute.push_back(
        {delivered_, decision.commits.statement.view, decision.batch, config_.is_checkpoint(delivered_)});
    if (decision.batch == nullptr) continue;
    for (const RequestPtr& request : decision.batch->requests) requests_.decided({request->client, request->number});
    if (mutant(Mutant::timer_reset_by_any)) {
      requests_.disarm_all();
      requests_.arm_all(request_ticks_);
    }
    executed_requests_ += decision.batch->requests.size();
    if (!view_changing_ && decision.commits.statement.view == view_) failed_views_ = 0;  // progress ends the back-off
  }
  if (next_sequence_ <= delivered_) next_sequence_ = delivered_.next();
}

}  // namespace breakwater::pbft

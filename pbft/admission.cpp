// Cheap checks before any signature is checked: sender, view, window, duplicate. Each returns why a message is
// dropped, or nothing; step() asks again, since the state may move between gate and engine.
#include "pbft/engine.hpp"
#include "pbft/limits.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

namespace {

// Queueing that an idle replica admits before it has measured any rate.
constexpr std::size_t kLeastAdmissionLimit = 2048;

bool names_kind(const StatementMessage& m, StatementKind kind) { return m.header.statement.kind == kind; }

}  // namespace

std::optional<RejectReason> PbftEngine::admit(const Request& request) const {
  return requests_.refusal(request, admission_limit());
}

// What the group sustained over half a view-change timeout: more would wait longer than an honest primary has.
std::size_t PbftEngine::admission_limit() const {
  return std::max(kLeastAdmissionLimit, static_cast<std::size_t>(requests_per_rate_period_));
}

std::optional<RejectReason> PbftEngine::admit(const Message& message) const {
  const auto* m = dynamic_cast<const PbftMessage*>(&message);
  if (m == nullptr) return RejectReason::unexpected_message;
  if (m->sender() == config_.self) return admit_own(*m);
  if (m->sender().value >= config_.quorums.n) return RejectReason::unknown_sender;
  if (const auto* s = dynamic_cast<const StatementMessage*>(m)) {
    if (s->header.statement.cluster != config_.cluster) return RejectReason::wrong_cluster;
    if (s->header.statement.signer.role != SignerRole::replica) return RejectReason::unknown_sender;
    if (!config_.knows(s->header.statement.signer)) return RejectReason::unknown_incarnation;
  }
  switch (m->kind()) {
    case MessageKind::pre_prepare: return admit_pre_prepare(static_cast<const PrePrepare&>(*m));
    case MessageKind::prepare: return admit_prepare(static_cast<const Prepare&>(*m));
    case MessageKind::commit: return admit_commit(static_cast<const Commit&>(*m));
    case MessageKind::checkpoint: return admit_checkpoint(static_cast<const Checkpoint&>(*m));
    case MessageKind::view_change: return admit_view_change(static_cast<const ViewChange&>(*m));
    case MessageKind::new_view: return admit_new_view(static_cast<const NewView&>(*m));
    default: return admit_channel(*m);
  }
}

std::optional<RejectReason> PbftEngine::current_view_only(ViewNumber view) const {
  if (view < view_) return RejectReason::stale_view;
  if (view > view_) return RejectReason::future_view;
  if (view_changing_) return RejectReason::view_changing;
  return std::nullopt;
}

// A statement on one slot counts from the incarnation that votes there.
std::optional<RejectReason> PbftEngine::voting_incarnation_only(const StatementMessage& m) const {
  if (config_.votes_on(m.header.statement.signer, m.sequence())) return std::nullopt;
  return RejectReason::wrong_incarnation;
}

std::optional<RejectReason> PbftEngine::admit_pre_prepare(const PrePrepare& m) const {
  if (!names_kind(m, StatementKind::pre_prepare)) return RejectReason::wrong_kind;
  if (const auto reason = voting_incarnation_only(m)) return reason;
  if (const auto reason = current_view_only(m.view())) return reason;
  if (m.sender() != config_.primary_of(view_)) return RejectReason::not_primary;
  // Null requests come with a new-view's O set only.
  if (m.batch == nullptr) return RejectReason::empty_batch;
  const SequenceNumber n = m.sequence();
  if (n <= stable_) return RejectReason::outside_watermarks;
  if (!in_window(n)) {
    const bool just_above = n > high_watermark() && n.value - high_watermark().value <= config_.checkpoint_interval;
    if (!just_above) return RejectReason::outside_watermarks;
    return early_.contains(n) ? std::optional(RejectReason::duplicate) : std::nullopt;
  }
  const Slot* slot = find_slot(n);
  if (slot != nullptr && slot->pre_prepare) {
    if (slot->pre_prepare->statement.digest == m.digest()) return RejectReason::duplicate;
    if (is_known(EvidenceKind::conflicting_pre_prepares, m.header)) return RejectReason::known_evidence;
  }
  return std::nullopt;
}

// Rejects what changes nothing: an agreeing vote of a decided slot, a repeated vote, a contradiction that is proved.
std::optional<RejectReason> PbftEngine::admit_vote(const StatementMessage& m, const Slot::Votes Slot::* votes) const {
  [[maybe_unused]] const bool left_just_now = view_changing_ && m.view().next() == view_;
  if (const auto reason = voting_incarnation_only(m)) return reason;
  if (const auto reason = current_view_only(m.view())) {
    if (!(mutant(Mutant::votes_after_asking) && left_just_now)) return reason;
  }
  if (!in_window(m.sequence())) return RejectReason::outside_watermarks;
  const Slot* slot = find_slot(m.sequence());
  if (slot == nullptr) return std::nullopt;
  if (slot->decided && *slot->decided == m.digest()) return RejectReason::already_decided;
  const auto held = (slot->*votes).find(m.sender());
  if (held == (slot->*votes).end() || held->second.statement.view != m.view()) return std::nullopt;
  if (mutant(Mutant::duplicate_signers)) return std::nullopt;
  if (held->second.statement.digest == m.digest()) return RejectReason::duplicate;
  const bool is_prepare = m.header.statement.kind == StatementKind::prepare;
  const EvidenceKind kind = is_prepare ? EvidenceKind::conflicting_prepares : EvidenceKind::conflicting_commits;
  if (is_known(kind, m.header)) return RejectReason::known_evidence;
  return std::nullopt;
}

std::optional<RejectReason> PbftEngine::admit_prepare(const Prepare& m) const {
  if (!names_kind(m, StatementKind::prepare)) return RejectReason::wrong_kind;
  if (const auto reason = admit_vote(m, &Slot::prepares)) return reason;
  // Prepared here already: one more agreeing vote proves nothing new, and is not worth a signature check.
  const Slot* slot = find_slot(m.sequence());
  if (slot != nullptr && slot->prepared_in(m.view()) && slot->prepared->digest() == m.digest()) {
    return RejectReason::already_prepared;
  }
  // The primary's pre-prepare stands for its prepare; it sends none.
  const ReplicaId primary = config_.primary_of(m.view());
  if (m.sender() == primary && !mutant(Mutant::primary_prepare_counted)) return RejectReason::bad_structure;
  if (m.primary != config_.signatory(primary, m.sequence())) return RejectReason::bad_structure;
  return std::nullopt;
}

std::optional<RejectReason> PbftEngine::admit_commit(const Commit& m) const {
  if (!names_kind(m, StatementKind::commit)) return RejectReason::wrong_kind;
  return admit_vote(m, &Slot::commits);
}

std::optional<RejectReason> PbftEngine::admit_checkpoint(const Checkpoint& m) const {
  if (!names_kind(m, StatementKind::checkpoint)) return RejectReason::wrong_kind;
  if (m.view() != ViewNumber(0)) return RejectReason::bad_structure;
  if (!config_.is_checkpoint(m.sequence())) return RejectReason::not_a_checkpoint;
  if (m.sequence() < stable_) return RejectReason::outside_watermarks;
  if (const auto reason = voting_incarnation_only(m)) return reason;
  const auto votes = checkpoint_votes_.find(m.sequence());
  if (votes != checkpoint_votes_.end()) {
    const auto held = votes->second.find(m.sender());
    if (held != votes->second.end() && held->second.statement.digest == m.digest()) return RejectReason::duplicate;
  }
  const auto far = far_checkpoints_.find(m.sender());
  if (m.sequence() != stable_ && !in_window(m.sequence()) && far != far_checkpoints_.end()) {
    if (far->second.statement.sequence > m.sequence()) return RejectReason::superseded;
    if (far->second.statement == m.header.statement) return RejectReason::duplicate;
  }
  return std::nullopt;
}

std::optional<RejectReason> PbftEngine::admit_view_change(const ViewChange& m) const {
  if (!names_kind(m, StatementKind::view_change)) return RejectReason::wrong_kind;
  if (m.view() == ViewNumber(0)) return RejectReason::bad_structure;
  if (!knows_signers_in(m, config_)) return RejectReason::unknown_incarnation;
  if (!still_asks(m)) return RejectReason::wrong_incarnation;
  const auto held = view_changes_.find(m.sender());
  if (held != view_changes_.end() && !is_of_later_incarnation(m, *held->second)) {
    if (is_of_later_incarnation(*held->second, m) || held->second->view() > m.view()) return RejectReason::superseded;
    if (held->second->view() == m.view()) {
      if (held->second->header.statement == m.header.statement) return RejectReason::duplicate;
      if (is_known(EvidenceKind::conflicting_view_changes, m.header)) return RejectReason::known_evidence;
    }
  }
  return std::nullopt;
}

std::optional<RejectReason> PbftEngine::admit_new_view(const NewView& m) const {
  if (!names_kind(m, StatementKind::new_view)) return RejectReason::wrong_kind;
  if (m.view() == ViewNumber(0)) return RejectReason::bad_structure;
  if (m.sender() != config_.primary_of(m.view())) return RejectReason::not_primary;
  if (m.view() < view_) return RejectReason::stale_view;
  if (!knows_signers_in(m, config_)) return RejectReason::unknown_incarnation;
  if (m.view() == view_ && !view_changing_) {
    if (new_view_ == nullptr || new_view_->header.statement == m.header.statement) return RejectReason::duplicate;
    if (is_known(EvidenceKind::conflicting_new_views, m.header)) return RejectReason::known_evidence;
  }
  return std::nullopt;
}

std::optional<RejectReason> PbftEngine::admit_channel(const PbftMessage& m) const {
  switch (m.kind()) {
    case MessageKind::status: {
      // A peer gets at most one answer per tick: its statuses cannot make us send without bound.
      const auto peer = peers_.find(m.sender());
      if (peer != peers_.end() && peer->second.last_answered_tick == ticks_) return RejectReason::throttled;
      return std::nullopt;
    }
    case MessageKind::relayed_request: return admit(*static_cast<const RelayedRequest&>(m).request);
    case MessageKind::batch_body: {
      const BatchPtr& batch = static_cast<const BatchBody&>(m).batch;
      for (const auto& [n, slot] : log_) {
        if (slot.pre_prepare && !slot.has_body() && batch != nullptr &&
            slot.pre_prepare->statement.digest == batch->digest) {
          return std::nullopt;
        }
      }
      return RejectReason::unwanted_batch;
    }
    case MessageKind::decided_slot: {
      const auto& decided = static_cast<const DecidedSlot&>(m);
      const SequenceNumber n = decided.sequence();
      if (n <= delivered_ || decided_.contains(n)) return RejectReason::already_decided;
      if (n.value - delivered_.value > kMaxCatchUpSlots) return RejectReason::unwanted_slot;
      if (!is_commit_certificate(decided.commits, config_)) return RejectReason::bad_certificate;
      return std::nullopt;
    }
    case MessageKind::proof: {
      const auto& proof = static_cast<const Proof&>(m);
      const std::optional<Evidence> evidence = contradiction(proof.first, proof.second, proof.body);
      if (!evidence || !config_.knows(evidence->first.statement.signer)) return RejectReason::bad_evidence;
      if (is_known(evidence->kind, evidence->first)) return RejectReason::known_evidence;
      return std::nullopt;
    }
    default: return RejectReason::unexpected_message;
  }
}

}  // namespace breakwater::pbft

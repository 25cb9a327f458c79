// Finding, keeping and spreading evidence, and leaving the view of a convicted primary.
#include <algorithm>

#include "pbft/engine.hpp"
#include "pbft/limits.hpp"

namespace breakwater::pbft {

bool PbftEngine::is_known(EvidenceKind kind, const SignedStatement& s) const {
  const auto kept = evidence_.find(ReplicaId(s.statement.signer.id));
  if (kept == evidence_.end()) return false;
  return kept->second.size() >= kMaxEvidencePerAccused ||
         kept->second.contains(evidence_key({kind, s, std::nullopt, {}}));
}

// Both statements are authentic. Keeps and spreads the contradiction, if there is one.
void PbftEngine::look_for_contradiction(const SignedStatement& a, const SignedStatement& b, ByteView view_change_body) {
  const std::optional<Evidence> evidence = contradiction(a, b, view_change_body);
  if (!evidence) return;
  if (keep_evidence(*evidence)) {
    send_now(std::make_shared<Proof>(config_.self, evidence->first, *evidence->second, evidence->body));
  }
  leave_view_of(evidence->accused(), evidence->view());
}

// Commits of `m`'s sender whose prepared certificate it should carry and does not. Its certificates are compared here
// first: the full check reads the body again, once per piece of evidence instead of once per slot.
void PbftEngine::look_for_hidden_prepared(const ViewChange& m) {
  for (const auto& [n, slot] : log_) {
    const auto commit = slot.commits.find(m.sender());
    if (commit == slot.commits.end() || n <= m.sequence()) continue;
    const auto carried = std::ranges::find(m.body.prepared, n, &PreparedCertificate::sequence);
    const bool is_shown = carried != m.body.prepared.end() && carried->view() >= commit->second.statement.view;
    if (is_shown || is_known(EvidenceKind::hidden_prepared, commit->second)) continue;
    look_for_contradiction(commit->second, m.header, m.encoded_body);
  }
}

// True when it was new. Bounded per accused: more of the same adds nothing to a conviction.
bool PbftEngine::keep_evidence(const Evidence& evidence) {
  if (evidence.accused() == config_.self) return false;  // a correct replica has nothing to convict itself of
  if (evidence.body.size() > kMaxProofBodyBytes) return false;
  std::set<Bytes>& kept = evidence_[evidence.accused()];
  Bytes key = evidence_key(evidence);
  if (kept.size() >= kMaxEvidencePerAccused || !kept.insert(key).second) return false;
  Bytes bytes = encode(evidence);
  put(Table::evidence, key, bytes);
  ready_.evidence.push_back(
      {evidence.accused(), std::string(name_of(evidence.kind)), std::move(key), std::move(bytes)});
  return true;
}

// Proof that the current primary lies ends its view at once, no timer needed.
void PbftEngine::leave_view_of(ReplicaId accused, ViewNumber view) {
  if (view != view_ || view_changing_ || config_.primary_of(view_) != accused || accused == config_.self) return;
  start_view_change(view_.next());
}

// The channel vouches that the primary said it, to this replica at least. No correct primary does: this replica leaves
// its view, and the group when f+1 were told such things. Evidence it is none.
void PbftEngine::distrust(Verified<Garbled> garbled) {
  const auto* m = dynamic_cast<const StatementMessage*>(garbled->message.get());
  if (m == nullptr) return;
  if (m->kind() == MessageKind::new_view && view_changing_ && m->sender() == config_.primary_of(view_)) {
    return skip_view_of(*m);
  }
  leave_view_of(m->sender(), m->view());
}

void PbftEngine::on_proof(const Proof& m) { look_for_contradiction(m.first, m.second, m.body); }

// A message whose outer signature holds although one inside the signed body does not: its sender signed a lie.
// It is passed on as it is, so that every correct replica convicts from the same bytes.
void PbftEngine::convict(Verified<Spoiled> spoiled) {
  const MessagePtr& message = spoiled->message;
  const auto m = std::dynamic_pointer_cast<const StatementMessage>(message);
  RejectReason reason = RejectReason::bad_nested_signature;
  if (!is_sound(*message, config_)) {
    const bool is_new_view = m != nullptr && m->kind() == MessageKind::new_view;
    reason = is_new_view ? RejectReason::bad_new_view : RejectReason::bad_view_change;
  }
  reject(reason, message->name(), message->sender());
  if (m == nullptr || m->sender() == config_.self || !config_.knows(m->header.statement.signer)) return;
  Evidence evidence{EvidenceKind::forged_request, m->header, std::nullopt, {}};
  if (const auto* pre_prepare = dynamic_cast<const PrePrepare*>(m.get())) {
    evidence.body = pre_prepare->batch->encoded;
  } else if (const auto* view_change = dynamic_cast<const ViewChange*>(m.get())) {
    evidence.kind = EvidenceKind::bad_view_change;
    evidence.body = view_change->encoded_body;
  } else if (const auto* new_view = dynamic_cast<const NewView*>(m.get())) {
    evidence.kind = EvidenceKind::bad_new_view;
    evidence.body = new_view->encoded_body;
  } else {
    return;
  }
  if (keep_evidence(evidence)) send_now(message);
  if (m->kind() == MessageKind::new_view) return skip_view_of(*m);
  leave_view_of(m->sender(), m->view());
}

// A new-view that nobody correct can follow: on to the next primary at once.
void PbftEngine::skip_view_of(const StatementMessage& bad_new_view) {
  if (bad_new_view.view() != view_ || bad_new_view.sender() == config_.self) return;
  ++failed_views_;
  start_view_change(view_.next());
}

}  // namespace breakwater::pbft

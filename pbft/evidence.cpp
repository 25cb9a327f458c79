#include "pbft/evidence.hpp"

#include <algorithm>

#include "pbft/limits.hpp"
#include "pbft/rules.hpp"

namespace breakwater::pbft {

namespace {

constexpr std::string_view kMagic = "breakwater-evidence/1\n";
constexpr std::string_view kNames[] = {"",
                                       "conflicting_pre_prepares",
                                       "conflicting_prepares",
                                       "conflicting_commits",
                                       "conflicting_prepare_commit",
                                       "conflicting_checkpoints",
                                       "conflicting_replies",
                                       "conflicting_view_changes",
                                       "conflicting_new_views",
                                       "hidden_prepared",
                                       "forged_request",
                                       "bad_view_change",
                                       "bad_new_view",
                                       "conflicting_pre_prepare_commit"};
constexpr std::uint8_t kLastKind = 13;

bool convicts_itself(EvidenceKind kind) {
  return kind >= EvidenceKind::forged_request && kind <= EvidenceKind::bad_new_view;
}

// The kind of contradiction between two statements of one kind that differ.
std::optional<EvidenceKind> same_kind_conflict(StatementKind kind) {
  switch (kind) {
    case StatementKind::pre_prepare: return EvidenceKind::conflicting_pre_prepares;
    case StatementKind::prepare: return EvidenceKind::conflicting_prepares;
    case StatementKind::commit: return EvidenceKind::conflicting_commits;
    case StatementKind::checkpoint: return EvidenceKind::conflicting_checkpoints;
    case StatementKind::reply: return EvidenceKind::conflicting_replies;
    case StatementKind::view_change: return EvidenceKind::conflicting_view_changes;
    case StatementKind::new_view: return EvidenceKind::conflicting_new_views;
    case StatementKind::request: return std::nullopt;
  }
  return std::nullopt;
}

// A view-change that leaves view v without the certificate that the commit (v, n) promised to carry.
bool hides_prepared(const Statement& commit, const Statement& view_change, ByteView body_bytes) {
  if (view_change.view <= commit.view || view_change.sequence >= commit.sequence) return false;
  if (view_change_body_digest(body_bytes) != view_change.digest) return false;
  const std::optional<ViewChange::Body> body = decode_view_change_body(body_bytes);
  if (!body) return false;
  return std::ranges::none_of(body->prepared, [&](const PreparedCertificate& certificate) {
    return certificate.sequence() == commit.sequence && certificate.view() >= commit.view;
  });
}

std::optional<EvidenceKind> conflict_kind(const Statement& a, const Statement& b, ByteView body) {
  if (a.signer != b.signer || a.cluster != b.cluster || a.signer.role != SignerRole::replica) return std::nullopt;
  if (a.kind == b.kind) {
    // A view-change or new-view speaks for its view whatever its low watermark is; the others for (view, sequence).
    const bool per_view = a.kind == StatementKind::view_change || a.kind == StatementKind::new_view;
    const bool same_place = a.view == b.view && (per_view || a.sequence == b.sequence);
    const bool differs = a.digest != b.digest || a.sequence != b.sequence;
    return same_place && differs ? same_kind_conflict(a.kind) : std::nullopt;
  }
  if (b.kind == StatementKind::commit && (a.kind == StatementKind::prepare || a.kind == StatementKind::pre_prepare)) {
    if (a.view != b.view || a.sequence != b.sequence || a.digest == b.digest) return std::nullopt;
    return a.kind == StatementKind::prepare ? EvidenceKind::conflicting_prepare_commit
                                            : EvidenceKind::conflicting_pre_prepare_commit;
  }
  if (a.kind == StatementKind::commit && b.kind == StatementKind::view_change && hides_prepared(a, b, body)) {
    return EvidenceKind::hidden_prepared;
  }
  return std::nullopt;
}

std::string place(const Statement& s) {
  return "view " + std::to_string(s.view.value) + ", sequence " + std::to_string(s.sequence.value);
}

std::string why_of(const Evidence& evidence) {
  const Statement& first = evidence.first.statement;
  const std::string who = "replica " + std::to_string(first.signer.id);
  switch (evidence.kind) {
    case EvidenceKind::hidden_prepared:
      return who + " committed at " + place(first) + " and asked for view " +
             std::to_string(evidence.second->statement.view.value) + " without that slot's prepared certificate";
    case EvidenceKind::conflicting_prepare_commit:
      return who + " prepared one digest and committed another at " + place(first);
    case EvidenceKind::conflicting_pre_prepare_commit:
      return who + " proposed one digest and committed another at " + place(first);
    case EvidenceKind::forged_request:
      return who + " proposed at " + place(first) + " a batch with a request that its client never signed";
    case EvidenceKind::bad_view_change:
      return who + " signed a view-change to view " + std::to_string(first.view.value) +
             " whose certificates do not hold";
    case EvidenceKind::bad_new_view:
      return who + " signed a new-view for view " + std::to_string(first.view.value) +
             " that does not follow from its view-changes";
    default:
      return who + " signed two different " + std::string(name_of(first.kind)) + " statements for " + place(first);
  }
}

bool all_hold(const std::vector<Carried>& carried, const SignatureChecker& checker) {
  return std::ranges::all_of(carried, [&](const Carried& c) { return checker.holds(c.signed_statement); });
}

// True when `body` proves that no correct replica signs `header`.
bool body_convicts(const Evidence& evidence, const SignatureChecker& checker, const Config& config) {
  const SignedStatement& header = evidence.first;
  std::vector<Carried> carried;
  if (evidence.kind == EvidenceKind::forged_request) {
    const BatchPtr batch = decode_batch(evidence.body);
    if (header.statement.kind != StatementKind::pre_prepare || batch == nullptr ||
        batch->digest != header.statement.digest) {
      return false;
    }
    PrePrepare(header, batch).list_carried(carried, config.cluster);
    return !all_hold(carried, checker);
  }
  if (evidence.kind == EvidenceKind::bad_view_change) {
    std::optional<ViewChange::Body> body = decode_view_change_body(evidence.body);
    if (header.statement.kind != StatementKind::view_change || !body ||
        view_change_body_digest(evidence.body) != header.statement.digest) {
      return false;
    }
    const ViewChange view_change(header, std::move(*body), evidence.body);
    view_change.list_carried(carried, config.cluster);
    return knows_signers_in(view_change, config) && (!is_sound(view_change, config) || !all_hold(carried, checker));
  }
  std::optional<NewView::Body> body = decode_new_view_body(evidence.body);
  if (header.statement.kind != StatementKind::new_view || !body ||
      new_view_body_digest(evidence.body) != header.statement.digest) {
    return false;
  }
  const NewView new_view(header, std::move(*body), evidence.body);
  new_view.list_carried(carried, config.cluster);
  return knows_signers_in(new_view, config) && (!is_sound(new_view, config) || !all_hold(carried, checker));
}

}  // namespace

std::string_view name_of(EvidenceKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Evidence> contradiction(const SignedStatement& a, const SignedStatement& b, ByteView view_change_body) {
  // One order for one contradiction: by kind, then by bytes.
  const bool in_order = a <= b;
  const SignedStatement& first = in_order ? a : b;
  const SignedStatement& second = in_order ? b : a;
  const std::optional<EvidenceKind> kind = conflict_kind(first.statement, second.statement, view_change_body);
  if (!kind) return std::nullopt;
  Evidence evidence{*kind, first, second, {}};
  if (*kind == EvidenceKind::hidden_prepared) evidence.body.assign(view_change_body.begin(), view_change_body.end());
  return evidence;
}

Bytes encode(const Evidence& evidence) {
  Writer out;
  out.raw(as_bytes(kMagic)).u8(static_cast<std::uint8_t>(evidence.kind));
  encode(out, evidence.first);
  out.u8(evidence.second ? 1 : 0);
  if (evidence.second) encode(out, *evidence.second);
  out.blob(evidence.body);
  return out.take();
}

std::optional<Evidence> decode_evidence(ByteView bytes) {
  Reader in(bytes);
  if (as_text(in.raw(kMagic.size())) != kMagic) return std::nullopt;
  Evidence evidence{};
  const std::uint8_t kind = in.u8();
  if (kind == 0 || kind > kLastKind) return std::nullopt;
  evidence.kind = static_cast<EvidenceKind>(kind);
  evidence.first = decode_signed_statement(in);
  const std::uint8_t has_second = in.u8();
  if (has_second > 1) return std::nullopt;
  if (has_second == 1) evidence.second = decode_signed_statement(in);
  const ByteView body = in.blob(kMaxProofBodyBytes);
  evidence.body.assign(body.begin(), body.end());
  if (!in.finished() || evidence.second.has_value() == convicts_itself(evidence.kind)) return std::nullopt;
  return evidence;
}

Bytes evidence_key(const Evidence& evidence) {
  Writer key;
  key.u32(evidence.accused().value)
      .u32(evidence.first.statement.signer.incarnation.value)
      .u8(static_cast<std::uint8_t>(evidence.kind))
      .u64(evidence.view().value)
      .u64(evidence.sequence().value);
  return key.take();
}

std::expected<Conviction, std::string> judge(const Evidence& evidence, const SignatureChecker& checker,
                                             const Config& config) {
  if (evidence.first.statement.cluster != config.cluster) return std::unexpected("it is about another cluster");
  if (!checker.holds(evidence.first)) return std::unexpected("the first signature does not hold under this roster");
  if (evidence.second) {
    if (!checker.holds(*evidence.second)) {
      return std::unexpected("the second signature does not hold under this roster");
    }
    const std::optional<Evidence> found = contradiction(evidence.first, *evidence.second, evidence.body);
    if (!found || encode(*found) != encode(evidence)) {
      return std::unexpected("the two statements do not contradict each other");
    }
  } else if (!body_convicts(evidence, checker, config)) {
    return std::unexpected("the statement's body does not convict its signer");
  }
  return Conviction{evidence.accused(), std::string(name_of(evidence.kind)), why_of(evidence)};
}

}  // namespace breakwater::pbft

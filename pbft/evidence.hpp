// Evidence: what no correct replica of one incarnation can sign (design: a closed list). Transferable: it convicts
// with the roster alone.
#pragma once

#include <expected>
#include <string>

#include "crypto/signer.hpp"
#include "pbft/config.hpp"
#include "pbft/messages.hpp"

namespace breakwater::pbft {

enum class EvidenceKind : std::uint8_t {
  conflicting_pre_prepares = 1,  // one (view, sequence), two digests
  conflicting_prepares = 2,
  conflicting_commits = 3,
  conflicting_prepare_commit = 4,  // a prepare and a commit of one (view, sequence) whose digests differ
  conflicting_checkpoints = 5,     // one sequence, two roots
  conflicting_replies = 6,
  conflicting_view_changes = 7,  // one view, two bodies
  conflicting_new_views = 8,
  hidden_prepared = 9,   // a commit (v, n), and a view-change to a later view from below n without that certificate
  forged_request = 10,   // a pre-prepare whose batch holds a request that its client never signed
  bad_view_change = 11,  // a view-change whose certificates do not hold
  bad_new_view = 12,     // a new-view that does not follow from its view-changes
  conflicting_pre_prepare_commit = 13,  // a primary's proposal and its commit of one (view, sequence) that differ
};
std::string_view name_of(EvidenceKind kind);

// `second` is absent for the kinds that convict themselves by `body` (10 to 12). `body` is the canonical body that a
// digest names: the batch, the view-change body (also of hidden_prepared's second), the new-view body; else empty.
struct Evidence {
  EvidenceKind kind;
  SignedStatement first;
  std::optional<SignedStatement> second;
  Bytes body;

  ReplicaId accused() const { return ReplicaId(first.statement.signer.id); }
  ViewNumber view() const { return first.statement.view; }
  SequenceNumber sequence() const { return first.statement.sequence; }
};

// The contradiction between two authentic statements, if the list has it. Order does not matter: the result is
// normalised, so that one contradiction has one encoding. `second_body` is the body of the second when it is a
// view-change.
std::optional<Evidence> contradiction(const SignedStatement& a, const SignedStatement& b, ByteView view_change_body);

// Canonical file layout: "breakwater-evidence/1\n", kind u8, first, u8 has-second, second, body blob.
Bytes encode(const Evidence& evidence);
std::optional<Evidence> decode_evidence(ByteView bytes);
// Where a store keeps it: accused, kind, view, sequence. One of a kind per slot is enough.
Bytes evidence_key(const Evidence& evidence);

struct Conviction {
  ReplicaId accused;
  std::string kind;
  std::string why;  // one line in words
};
// Judges from signatures and contents alone. The error says why it convicts nobody. `config` supplies the group
// (cluster, n, K, L, incarnations). Which incarnation counts at which slot is not part of it: a correct replica that is
// behind may not know yet; and what names an incarnation that is unknown here convicts nobody.
std::expected<Conviction, std::string> judge(const Evidence& evidence, const SignatureChecker& checker,
                                             const Config& config);

}  // namespace breakwater::pbft

// The paper's validity predicates as pure functions: what makes a certificate, a view-change and a new-view valid,
// and what follows from a set of view-changes. OSDI '99, sections 4.2 to 4.4.
#pragma once

#include "pbft/config.hpp"
#include "pbft/messages.hpp"

namespace breakwater::pbft {

// A pre-prepare of the view's primary and quorum-1 matching prepares of distinct backups. Deviation: the paper's 2f
// prepares, generalised to n != 3f+1. Signatures are the authenticator's business.
bool is_valid(const PreparedCertificate& certificate, const Config& config);

// Each in the incarnation that votes on the certificate's slot.
bool signers_vote_there(const Certificate& certificate, const Config& config);

// A quorum of distinct commits for one (view, sequence, digest).
bool is_commit_certificate(const Certificate& certificate, const Config& config);

// A quorum of distinct checkpoint statements for one sequence that is a multiple of K.
bool is_stable_certificate(const Certificate& certificate, const Config& config);

// The view-change's low watermark is proved, and each prepared certificate is valid, of an earlier view, within the
// log window above it, at most one per sequence, ascending.
bool is_valid(const ViewChange& view_change, const Config& config);

// What V determines (section 4.4): min-s, its proof, and a digest per sequence in (min-s, max-s].
struct NewViewPlan {
  SequenceNumber min_s;
  std::optional<Certificate> stable_checkpoint;  // absent when min_s = 0
  std::vector<Digest> digests;                   // for min_s + 1 + index; kNullDigest for gaps

  SequenceNumber max_s() const { return min_s.plus(digests.size()); }
};
// The caller guarantees that each view-change is valid.
NewViewPlan plan_new_view(const std::vector<ViewChangePtr>& view_changes);

// Of the view-changes at hand, those that count beside the one from the highest low watermark. Any subset of what is
// left counts as well.
void keep_those_that_count(std::vector<ViewChangePtr>& view_changes, const Config& config);

// The pre-prepare statements of the O set, in order, unsigned.
std::vector<Statement> pre_prepares_of(const NewViewPlan& plan, ViewNumber view, const Config& config);

// From the view's primary; V is a quorum of distinct valid view-changes for that view; O and min-s are what V
// determines.
bool is_valid(const NewView& new_view, const Config& config);

// Of two statements of one replica.
inline bool is_of_later_incarnation(const StatementMessage& a, const StatementMessage& b) {
  return a.header.statement.signer.incarnation > b.header.statement.signer.incarnation;
}

// For judging what convicts: see Config::judges_incarnations.
Config without_incarnations(Config config);

// What a signed body must be for a correct replica to have signed it, signatures apart: for an authenticator, before it
// checks those. True for messages without a body to judge. Whose incarnation counts is not asked.
bool is_sound(const Message& message, const Config& config);

// False when an incarnation that signed part of it is unknown here, as to a replica that is behind its readmission:
// then nothing in it can be judged yet. Strangers to the group are not meant: they are never valid.
bool knows_signers_in(const SignedMessage& message, const Config& config);

}  // namespace breakwater::pbft

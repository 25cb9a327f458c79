// What a replica knows about one sequence number.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "pbft/messages.hpp"

namespace breakwater::pbft {

// One slot of the log window. Votes keep one entry per signer, of that signer's latest view: old ones remain until
// replaced, since a contradiction may show later; `matching` counts those of one view and digest only.
struct Slot {
  using Votes = std::map<ReplicaId, SignedStatement>;

  std::optional<SignedStatement> pre_prepare;  // accepted in the current view
  std::optional<SignedStatement> claimed;      // first proposal seen signed by the current view's primary
  BatchPtr batch;                              // body of `pre_prepare`; null for a null request or while it is fetched
  Votes prepares;
  Votes commits;
  std::shared_ptr<const Prepare> own_prepare;   // sent in the current view
  std::shared_ptr<const Commit> own_commit;     // sent in the current view
  std::optional<PreparedCertificate> prepared;  // of the highest view; survives view changes
  BatchPtr prepared_batch;
  std::optional<Digest> decided;
  BatchPtr decided_batch;
  // Every body that is in the journal, the oldest first: a certificate made elsewhere from this replica's vote may name
  // one long after its view was left. At most kMaxBodiesPerSlot that nothing here refers to.
  std::vector<BatchPtr> bodies;

  bool proposes_null() const { return pre_prepare && pre_prepare->statement.digest == kNullDigest; }
  bool has_body() const { return pre_prepare && (batch != nullptr || proposes_null()); }
  bool prepared_in(ViewNumber view) const { return prepared && prepared->view() == view; }

  // A held body with that digest, or null.
  BatchPtr find_body(const Digest& digest) const {
    for (const BatchPtr& body : {batch, prepared_batch, decided_batch}) {
      if (body != nullptr && body->digest == digest) return body;
    }
    const auto journalled = std::ranges::find(bodies, digest, [](const BatchPtr& body) { return body->digest; });
    return journalled == bodies.end() ? nullptr : *journalled;
  }
  bool refers_to(const Digest& digest) const {
    return (pre_prepare && pre_prepare->statement.digest == digest) || (prepared && prepared->digest() == digest) ||
           (decided && *decided == digest);
  }
  // Forgets what belongs to the view that is left; certificates, decisions and evidence stay.
  void leave_view() {
    pre_prepare.reset();
    claimed.reset();
    batch = nullptr;
    own_prepare = nullptr;
    own_commit = nullptr;
  }
};

// Replaces the signer's earlier vote.
void keep_vote(Slot::Votes& votes, const SignedStatement& vote);

// The votes of `votes` for (view, digest), as certificate entries.
std::vector<Certificate::Entry> matching(const Slot::Votes& votes, ViewNumber view, const Digest& digest);

}  // namespace breakwater::pbft

#include "pbft/slot.hpp"

#include "replication/mutant.hpp"
namespace breakwater::pbft {

void keep_vote(Slot::Votes& votes, const SignedStatement& vote) {
  ReplicaId place(vote.statement.signer.id);
  while (mutant(Mutant::duplicate_signers) && votes.contains(place)) place = ReplicaId(place.value + kMaxSigners);
  votes[place] = vote;
}

std::vector<Certificate::Entry> matching(const Slot::Votes& votes, ViewNumber view, const Digest& digest) {
  std::vector<Certificate::Entry> entries;
  for (const auto& [place, vote] : votes) {
    if (vote.statement.view != view && !mutant(Mutant::match_ignores_view)) continue;
    if (vote.statement.digest != digest && !mutant(Mutant::match_ignores_digest)) continue;
    entries.push_back({ReplicaId(vote.statement.signer.id), vote.statement.signer.incarnation, vote.signature});
  }
  return entries;
}

}  // namespace breakwater::pbft

#include "pbft/slot.hpp"

namespace breakwater::pbft {

std::vector<Certificate::Entry> matching(const Slot::Votes& votes, ViewNumber view, const Digest& digest) {
  std::vector<Certificate::Entry> entries;
  for (const auto& [signer, vote] : votes) {
    if (vote.statement.view != view || vote.statement.digest != digest) continue;
    entries.push_back({signer, vote.statement.signer.incarnation, vote.signature});
  }
  return entries;
}

}  // namespace breakwater::pbft

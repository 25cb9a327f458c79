// A leader that tells one half of the followers one thing, and the other half another, in the same index and term
// (hazard 1).
#include <algorithm>
#include <map>

#include "adversary/batch_variants.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class RaftEquivocator final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto append = own<raft::AppendEntries>(outbound);
    if (append == nullptr) return out.push_back(std::move(outbound));
    invent(*append);
    const auto told_story = [&](SequenceNumber n, const raft::Entry& entry) {
      const auto told = told_.find(n);
      return told != told_.end() && told->second.term == entry.term ? told->second : entry;
    };
    const MessagePtr lie = with_lies(*append, told_story);
    for (const ReplicaId to : recipients(outbound)) out.push_back({to, is_lied_to(to) ? lie : append, outbound.after});
  }

 private:
  static constexpr ClientId kOperator{0};
  // An engine sends an entry from its memory, which holds fewer.
  static constexpr std::size_t kToldKept = 8192;

  // The other story of each entry, once and for all: who asks again is told the same. Entries of a term come by in
  // order.
  void invent(const raft::AppendEntries& m) {
    SequenceNumber n = m.previous_index;
    for (const raft::Entry& entry : m.entries) {
      n = n.next();
      if (!is_own(m, entry) || !lies_at(n)) continue;
      if (const auto told = told_.find(n); told != told_.end() && told->second.term == entry.term) continue;
      if (postponed_ != nullptr && postponed_in_ != m.term) postponed_.reset();
      told_.insert_or_assign(n, other_story(entry));
      if (told_.size() > kToldKept) told_.erase(told_.begin());
    }
  }

  // Another order. One request alone has none: it is left out, and comes after those of the next entry. The operator's
  // stay where they are: what was never opened cannot be sold twice.
  raft::Entry other_story(const raft::Entry& entry) {
    const std::vector<RequestPtr>& requests = entry.batch->requests;
    if (requests.size() == 1 && postponed_ == nullptr && requests.front()->client != kOperator) {
      postponed_ = requests.front();
      postponed_in_ = entry.term;
      return {entry.term, nullptr};
    }
    std::vector<RequestPtr> other = requests;
    std::ranges::reverse(other);
    if (postponed_ != nullptr && has_room(*entry.batch, *postponed_, kMaxRequestsPerBatch)) other.push_back(postponed_);
    postponed_.reset();
    return {entry.term, make_batch(entry.batch->time, std::move(other))};
  }

  std::map<SequenceNumber, raft::Entry> told_;
  RequestPtr postponed_;  // left out of the latest entry
  ViewNumber postponed_in_;
};

}  // namespace

std::unique_ptr<Engine> make_raft_equivocator(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                              const raft::Config& config) {
  return std::make_unique<RaftEquivocator>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

// A leader that edits a client's command in the entries that it hands on, or invents one (hazard 6).
#include "adversary/batch_variants.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class RaftForger final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

 protected:
  // All followers are told the same.
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (const auto append = own<raft::AppendEntries>(outbound)) {
      outbound.message = with_lies(*append, [this](SequenceNumber n, const raft::Entry& entry) {
        return raft::Entry{entry.term, forged_batch(*entry.batch, n, config_.max_batch_requests)};
      });
    }
    out.push_back(std::move(outbound));
  }
};

}  // namespace

std::unique_ptr<Engine> make_raft_forger(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                         const raft::Config& config) {
  return std::make_unique<RaftForger>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary

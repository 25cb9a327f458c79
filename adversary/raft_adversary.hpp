// What the lying engines of Raft share: messages of that protocol, which nobody signs.
#pragma once

#include <functional>

#include "adversary/lying_engine.hpp"
#include "raft/config.hpp"
#include "raft/messages.hpp"

namespace breakwater::adversary {

class RaftAdversary : public LyingEngine {
 public:
  RaftAdversary(std::unique_ptr<Engine> correct, const Strategy& strategy, const raft::Config& config)
      : LyingEngine(std::move(correct), strategy, config.self, config.quorums.n), config_(config) {}

 protected:
  bool leads() const { return status().role == "leader"; }

  // A batch that this replica proposed itself, as leader of the term in which it is sent.
  static bool is_own(const raft::AppendEntries& m, const raft::Entry& entry) {
    return entry.batch != nullptr && entry.term == m.term;
  }
  // The same append with other batches in the slots that this replica lies about: what `lie` makes of each.
  MessagePtr with_lies(const raft::AppendEntries& m,
                       const std::function<raft::Entry(SequenceNumber, const raft::Entry&)>& lie) const {
    std::vector<raft::Entry> entries;
    SequenceNumber n = m.previous_index;
    for (const raft::Entry& entry : m.entries) {
      n = n.next();
      entries.push_back(is_own(m, entry) && lies_at(n) ? lie(n, entry) : entry);
    }
    return std::make_shared<raft::AppendEntries>(self_, m.term, m.previous_index, m.previous_term, m.leader_commit,
                                                 m.round, std::move(entries));
  }

  const raft::Config config_;
};

using RaftMaker = std::unique_ptr<Engine> (*)(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
// Not a lie by itself: gets the replica elected, for lies that only a leader can tell.
std::unique_ptr<Engine> make_raft_campaigner(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_equivocator(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_silent(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_slow(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_censor(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_forger(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_double_voter(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_bad_candidate(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_false_leader(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_term_flooder(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_replayer(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_corrupter(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);
std::unique_ptr<Engine> make_raft_random(std::unique_ptr<Engine>, const Strategy&, const raft::Config&);

}  // namespace breakwater::adversary

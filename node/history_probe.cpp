#include "node/history_probe.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

HistoryProbe::HistoryProbe(ReplicaId self, Quorums quorums, std::optional<std::uint64_t> grace_ticks,
                           std::uint64_t interval_ticks)
    : self_(self), quorums_(quorums), grace_ticks_(grace_ticks), interval_ticks_(interval_ticks) {
  BW_ASSERT(self.value < quorums.n && interval_ticks > 0);
}

void HistoryProbe::heard(const PeerReport& report) {
  if (report.peer == self_ || report.peer.value >= quorums_.n) return;
  // Who was fresh once while this store was empty stays so: it may have gone to work since, without this replica.
  const auto known = has_history_.find(report.peer);
  const bool was_fresh = known != has_history_.end() && !known->second;
  has_history_.insert_or_assign(report.peer, !was_fresh && report.has_history);
}

bool HistoryProbe::tick() {
  const bool due = ticks_ % interval_ticks_ == 0;
  ++ticks_;
  return due;
}

std::size_t HistoryProbe::peers_with_history() const {
  return static_cast<std::size_t>(
      std::ranges::count(has_history_, true, [](const auto& entry) { return entry.second; }));
}

HistoryProbe::Verdict HistoryProbe::verdict() const {
  const std::size_t with = peers_with_history();
  const std::size_t fresh = peers_heard() - with;
  if (with >= quorums_.weak) return Verdict::has_history;
  const bool all_heard = peers_heard() == quorums_.n - 1;
  const bool waited = grace_ticks_ && ticks_ >= *grace_ticks_;
  return fresh + 1 >= quorums_.quorum && (all_heard || waited) ? Verdict::fresh : Verdict::undecided;
}

}  // namespace breakwater

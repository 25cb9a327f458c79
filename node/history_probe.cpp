#include "node/history_probe.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

bool shows_history(const pbft::Status& status) {
  return status.view.value > 0 || status.view_changing || status.decided.value > 0 ||
         status.stable_checkpoint.value > 0 || !status.slots.empty();
}

}  // namespace

HistoryProbe::HistoryProbe(ReplicaId self, Quorums quorums, std::uint64_t grace_ticks,
                           std::uint64_t status_interval_ticks)
    : self_(self), quorums_(quorums), grace_ticks_(grace_ticks), status_interval_ticks_(status_interval_ticks) {
  BW_ASSERT(self.value < quorums.n && status_interval_ticks > 0);
}

void HistoryProbe::heard(const pbft::Status& status) {
  const ReplicaId peer = status.sender();
  if (peer == self_ || peer.value >= quorums_.n) return;
  // Who was fresh once while this store was empty stays so: it may have gone to work since, without this replica.
  const auto known = has_history_.find(peer);
  const bool was_fresh = known != has_history_.end() && !known->second;
  has_history_.insert_or_assign(peer, !was_fresh && shows_history(status));
}

std::shared_ptr<const pbft::Status> HistoryProbe::tick() {
  const bool due = ticks_ % status_interval_ticks_ == 0;
  ++ticks_;
  return due ? std::make_shared<const pbft::Status>(self_) : nullptr;
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
  const bool waited = ticks_ >= grace_ticks_;
  return fresh + 1 >= quorums_.quorum && (all_heard || waited) ? Verdict::fresh : Verdict::undecided;
}

}  // namespace breakwater

// May a replica with an empty store join? Only if the group has no history: a replica that lost its store has lost the
// memory of what it promised, and must not vote again.
#pragma once

#include <map>

#include "pbft/messages.hpp"

namespace breakwater {

// Fed with what peers say of themselves before this replica takes part in anything.
class HistoryProbe {
 public:
  enum class Verdict { undecided, fresh_group, has_history };
  explicit HistoryProbe(std::uint32_t weak_quorum) : weak_quorum_(weak_quorum) {}

  void heard(const pbft::Status& status) {
    has_history_[status.sender()] =
        status.decided.value > 0 || status.stable_checkpoint.value > 0 || status.view.value > 0;
  }
  // f+1 that agree hold one correct replica: it is believed either way.
  Verdict verdict() const {
    std::uint32_t with = 0;
    for (const auto& [replica, history] : has_history_) with += history;
    if (with >= weak_quorum_) return Verdict::has_history;
    const auto without = static_cast<std::uint32_t>(has_history_.size()) - with;
    return without >= weak_quorum_ ? Verdict::fresh_group : Verdict::undecided;
  }

 private:
  std::uint32_t weak_quorum_;
  std::map<ReplicaId, bool> has_history_;
};

}  // namespace breakwater

// A replica that fell behind the log window, or whose state is wrong, takes the state of a certified checkpoint from
// its peers instead of executing what led there (OSDI '99, section 4.3; TOCS 2002, section 5.3). The world fetches it.
#include <algorithm>

#include "pbft/engine.hpp"
#include "replication/assert.hpp"

namespace breakwater::pbft {

namespace {
constexpr std::uint64_t kRetryTicks = 20;  // after a fetch that found no donor
}

// One fetch at a time: its checkpoint stays the right one to fetch while the group moves on, since donors keep what is
// being fetched; when they no longer do, the stable one is next.
void PbftEngine::consider_fetch() {
  if (fetching_ || !stable_certificate_ || ticks_ < next_fetch_tick_) return;
  const bool is_behind = stable_.value >= delivered_.value + config_.log_window;
  const bool is_wrong = quarantined_ && wrong_at_ && stable_ >= *wrong_at_;
  if (!is_behind && !is_wrong) return;
  fetching_ = stable_certificate_->statement;
  ready_.fetch = Fetch{stable_, fetching_->digest};
}

void PbftEngine::fetched(SequenceNumber sequence, bool whole) {
  if (!fetching_ || fetching_->sequence != sequence) return;
  const Statement checkpoint = *fetching_;
  fetching_.reset();
  if (!whole) {
    next_fetch_tick_ = ticks_ + kRetryTicks;
    return;
  }
  if (sequence <= delivered_ && !quarantined_) return;  // executed meanwhile
  Install install{{sequence, {}, checkpoint.digest}, {}};
  // Own votes up to there are no promise any more: the checkpoint is stable without them.
  for (const auto& [n, vote] : own_checkpoints_) {
    if (n <= sequence) install.records.push_back(forgotten_checkpoint(n));
  }
  installing_ = sequence;
  ready_.install = std::move(install);
}

void PbftEngine::installed(bool ok) {
  BW_ASSERT(installing_);
  const SequenceNumber n = *installing_;
  installing_.reset();
  if (!ok) return reject(RejectReason::bad_snapshot, "state", config_.self);
  delivered_ = executed_ = n;
  // Slots from here on are executed again, and fetched again where nothing but their outcome is left here.
  decided_.erase(decided_.begin(), decided_.upper_bound(n));
  std::erase_if(own_checkpoints_, [&](const auto& own) { return own.first <= n; });
  deferred_.clear();
  archive_is_due_ = false;
  next_sequence_ = std::max(next_sequence_, n.next());
  requests_.clear();  // which of them executed, only the state knows: clients ask again
  if (quarantined_) {
    quarantined_ = false;
    quarantine_reason_.clear();
    if (!view_changing_) resume_slots();
  }
  deliver();
  send_status(std::nullopt);
}

// Proposals that came while this replica was quarantined or silent, and that it did not answer.
void PbftEngine::resume_slots() {
  for (auto& [n, slot] : log_) {
    if (!slot.has_body() || slot.pre_prepare->statement.view != view_) continue;
    const bool timely = slot.batch == nullptr || time_is_acceptable(slot.batch->time);
    if (timely && !is_primary() && slot.own_prepare == nullptr && speaks_on(n)) send_prepare(slot);
    check_prepared(slot);
  }
}

}  // namespace breakwater::pbft

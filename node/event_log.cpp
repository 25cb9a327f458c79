#include "node/event_log.hpp"

namespace breakwater {

void EventLog::observe(const EngineStatus& status, const ReplicaCounters& counters, Clock::time_point now) {
  if (last_ && (last_->view != status.view || last_->role != status.role)) {
    const auto level = status.role == "quarantined" ? spdlog::level::err
                       : status.role == "paused"    ? spdlog::level::warn
                                                    : spdlog::level::info;
    const std::string why = status.waiting_for.empty() ? "" : ", waiting for " + status.waiting_for;
    log_.log(level, "view {}: {} (was view {}: {}), executed {}{}", status.view.value, status.role, last_->view.value,
             last_->role, status.executed.value, why);
  }
  last_ = status;
  if (!next_summary_) next_summary_ = now + kSummaryInterval;
  if (now < *next_summary_) return;
  next_summary_ = now + kSummaryInterval;
  summarise(counters);
}

void EventLog::evidence(const EvidenceFound& found) {
  log_.warn("evidence against replica {}: {} ({} bytes kept)", found.accused.value, found.kind, found.bytes.size());
}

void EventLog::summarise(const ReplicaCounters& counters) {
  std::string line;
  for (std::size_t reason = 0; reason < kRejectReasonCount; ++reason) {
    const std::uint64_t fresh = counters.rejected[reason] - told_[reason];
    if (fresh == 0) continue;
    line += (line.empty() ? "" : ", ") + std::string(kRejectReasonNames[reason]) + " " + std::to_string(fresh);
  }
  told_ = counters.rejected;
  if (!line.empty()) log_.info("rejected in the last {} s: {}", kSummaryInterval.count(), line);
}

}  // namespace breakwater

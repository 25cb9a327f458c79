// What of a replica's life is worth a line in its log.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <optional>

#include "replica/replica.hpp"

namespace breakwater {

// Logs changes of role and view, new evidence, and rejections summed up by reason. One thread; `log` must outlive it.
class EventLog {
 public:
  using Clock = std::chrono::steady_clock;
  // Rejections come at the rate of whoever sends them: one line an interval says how many.
  static constexpr std::chrono::seconds kSummaryInterval{10};

  explicit EventLog(spdlog::logger& log) : log_(log) {}

  // To be called now and then, for instance once a tick.
  void observe(const EngineStatus& status, const ReplicaCounters& counters, Clock::time_point now);
  void evidence(const EvidenceFound& found);

 private:
  void summarise(const ReplicaCounters& counters);

  spdlog::logger& log_;
  std::optional<EngineStatus> last_;
  std::optional<Clock::time_point> next_summary_;
  decltype(ReplicaCounters::rejected) told_{};
};

}  // namespace breakwater

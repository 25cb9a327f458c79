// Windows of a measurement, and which of them count.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "bench/histogram.hpp"

namespace breakwater::bench {

// What was seen between two moments while a load ran.
struct Window {
  double seconds = 0;
  std::uint64_t commands = 0;    // answered
  std::uint64_t refused = 0;     // of them, where the rung expects none
  std::uint64_t unanswered = 0;  // given up
  Histogram latency_us;          // one value per command: of its request

  // From the replicas' reports at both ends.
  std::uint64_t slots = 0, requests = 0;        // executed meanwhile, by the replica that executed most
  std::uint64_t first_view = 0, last_view = 0;  // the latest that any replica was in, at either end
  std::uint64_t lag_slots = 0;                  // at the end, of the replica that is furthest behind
  std::uint32_t silent_replicas = 0;            // that did not report

  // How busy the clients kept the group.
  double missing_share = 0;      // of the wanted requests in flight, over the time: 0 when all were there always
  double intended_commands = 0;  // open loop: that were due meanwhile

  // Processor time of everybody, in microseconds.
  double replica_cpu_us = 0, client_cpu_us = 0;
  double replica_io_cpu_us = 0, client_io_cpu_us = 0;  // of these, in ZeroMQ's threads
  // Of the machine's processors: idle; taken by other machines on the same host; by other processes on this one.
  double idle_share = 0, stolen_share = 0, others_share = 0;
  // Of all replicas.
  std::uint64_t signatures = 0, verifications = 0, transactions = 0, bytes_sent = 0;

  double throughput_per_s() const { return seconds > 0 ? static_cast<double>(commands) / seconds : 0; }
  // Zero when nothing was executed.
  double requests_per_slot() const {
    return slots == 0 ? 0 : static_cast<double>(requests) / static_cast<double>(slots);
  }
};

struct ValidityLimits {
  std::uint64_t lag_slots = 512;  // the log window: a replica that is further behind takes no part any more
  double missing_share = 0.1;
  double late_share = 0.05;  // open loop: of the commands that were due
  bool open_loop = false;
  bool is_synced = true;  // durable, and the stores lie on a disk that syncs
};
// Why the window does not count, in a line; nothing when it does. The first reason that applies.
std::optional<std::string> why_invalid(const Window& window, const ValidityLimits& limits);

// How many of the wanted requests are in flight, over the time. One thread.
class InFlightGauge {
 public:
  using Clock = std::chrono::steady_clock;

  void begin(Clock::time_point now, std::uint64_t wanted, std::uint64_t in_flight);
  // There are so many from now on.
  void changed(Clock::time_point now, std::uint64_t in_flight);
  // The share of the wanted ones that was missing since begin(), over the time.
  double missing_share(Clock::time_point now);

 private:
  Clock::time_point begun_{}, last_{};
  double missing_ = 0;  // requests times seconds
  std::uint64_t wanted_ = 0, in_flight_ = 0;
};

// The middle of several figures, and how far they lie apart. All zero of none.
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread spread_of(std::vector<double> values);

}  // namespace breakwater::bench

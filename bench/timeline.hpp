// Throughput over time, and what an attack did to it.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "bench/histogram.hpp"

namespace breakwater::bench {

// What was answered in each tenth of a second since a load began. One thread.
class Timeline {
 public:
  static constexpr std::chrono::milliseconds kBucket{100};
  static constexpr double kBucketSeconds = 0.1;

  static std::size_t bucket_at(std::chrono::microseconds since_begin);
  static std::size_t buckets_in(std::chrono::milliseconds time);  // whole ones; one at least

  // Answered then: one value per command, of its request.
  void add(std::chrono::microseconds since_begin, std::uint64_t latency_us, std::uint64_t commands);
  // The load was watched until then: buckets without an answer count as well, one that is not over does not.
  void close(std::chrono::microseconds since_begin);

  std::size_t size() const { return buckets_.size(); }
  std::uint64_t commands(std::size_t bucket) const { return buckets_.at(bucket).count(); }
  // Of the buckets `first` to `end` - 1; the caller guarantees that these exist, and one at least for the throughput.
  double throughput_per_s(std::size_t first, std::size_t end) const;
  Histogram latency_us(std::size_t first, std::size_t end) const;

 private:
  std::vector<Histogram> buckets_;
};

// What became of the throughput from some moment on. Moments are buckets. The throughput has fallen at the first moment
// that is below half of the fault-free one and begins a window that is below it too; it is back at the next one that is
// not below and begins a window that is not. So a stall shorter than half a window is no fall (the latencies tell), and
// a burst shorter than half a window is no recovery.
struct Impact {
  std::optional<std::size_t> fell_at, back_at;
  double throughput_per_s = 0;  // from the attack to the end
  Histogram latency_us;  // likewise, and of those that still waited at the end: the time until then, at the least
  // From a window after it is back on, for in that one those are answered that waited meanwhile; from the attack on
  // where nothing fell. Nothing when it did not come back, or too late for a whole window.
  std::optional<double> settled_per_s;          // the median of the windows
  std::optional<Histogram> settled_latency_us;  // as above
  std::size_t relapses = 0;                     // of these windows, those below half
  std::vector<double> windows_per_s;            // each whole window from the attack on

  bool is_recovered() const { return !fell_at || back_at; }
  // From the fall; zero where nothing fell, nothing when it did not come back.
  std::optional<std::chrono::milliseconds> recovery() const;
};
// `attacked_at` is before the end; `window` is counted in buckets. `waiting_us`: how long those have waited at the end
// that were not answered. Without them a group that answers few would be praised for its latency.
Impact impact_of(const Timeline& timeline, std::size_t attacked_at, double fault_free_per_s, std::size_t window,
                 const Histogram& waiting_us);

}  // namespace breakwater::bench

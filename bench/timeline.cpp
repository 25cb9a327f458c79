#include "bench/timeline.hpp"

#include <algorithm>

#include "bench/window.hpp"
#include "replication/assert.hpp"

namespace breakwater::bench {

namespace {

// Of whole windows; what is left at the end is none.
std::vector<double> windows_of(const Timeline& timeline, std::size_t first, std::size_t window) {
  std::vector<double> figures;
  for (std::size_t at = first; at + window <= timeline.size(); at += window) {
    figures.push_back(timeline.throughput_per_s(at, at + window));
  }
  return figures;
}

// The first bucket from `first` on that agrees with `is_so`, as does the window that it begins.
template <class Judge>
std::optional<std::size_t> first_of(const Timeline& timeline, std::size_t first, std::size_t window, Judge is_so) {
  for (std::size_t at = first; at + window <= timeline.size(); ++at) {
    if (is_so(timeline.throughput_per_s(at, at + 1)) && is_so(timeline.throughput_per_s(at, at + window))) return at;
  }
  return std::nullopt;
}

}  // namespace

std::size_t Timeline::bucket_at(std::chrono::microseconds since_begin) {
  return since_begin.count() <= 0 ? 0 : static_cast<std::size_t>(since_begin / kBucket);
}

std::size_t Timeline::buckets_in(std::chrono::milliseconds time) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(time / kBucket));
}

void Timeline::add(std::chrono::microseconds since_begin, std::uint64_t latency_us, std::uint64_t commands) {
  const std::size_t bucket = bucket_at(since_begin);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket].add(latency_us, commands);
}

void Timeline::close(std::chrono::microseconds since_begin) { buckets_.resize(bucket_at(since_begin)); }

double Timeline::throughput_per_s(std::size_t first, std::size_t end) const {
  BW_ASSERT(first < end && end <= size());
  std::uint64_t sum = 0;
  for (std::size_t at = first; at < end; ++at) sum += commands(at);
  return static_cast<double>(sum) / (static_cast<double>(end - first) * kBucketSeconds);
}

Histogram Timeline::latency_us(std::size_t first, std::size_t end) const {
  Histogram sum;
  for (std::size_t at = first; at < end; ++at) sum.add(buckets_.at(at));
  return sum;
}

std::optional<std::chrono::milliseconds> Impact::recovery() const {
  if (!fell_at) return std::chrono::milliseconds(0);
  if (!back_at) return std::nullopt;
  return Timeline::kBucket * (*back_at - *fell_at);
}

Impact impact_of(const Timeline& timeline, std::size_t attacked_at, double fault_free_per_s, std::size_t window,
                 const Histogram& waiting_us) {
  BW_ASSERT(attacked_at < timeline.size() && window > 0);
  const double half = fault_free_per_s / 2;
  const auto is_below = [half](double figure) { return figure < half; };
  Impact impact;
  impact.throughput_per_s = timeline.throughput_per_s(attacked_at, timeline.size());
  impact.latency_us = timeline.latency_us(attacked_at, timeline.size());
  impact.latency_us.add(waiting_us);
  impact.windows_per_s = windows_of(timeline, attacked_at, window);
  impact.fell_at = first_of(timeline, attacked_at, window, is_below);
  if (impact.fell_at) {
    impact.back_at = first_of(timeline, *impact.fell_at, window, [&](double figure) { return !is_below(figure); });
  }
  if (!impact.is_recovered()) return impact;
  const std::size_t settled_at = impact.back_at ? *impact.back_at + window : attacked_at;
  const std::vector<double> settled = windows_of(timeline, settled_at, window);
  if (settled.empty()) return impact;
  impact.relapses = static_cast<std::size_t>(std::ranges::count_if(settled, is_below));
  impact.settled_per_s = spread_of(settled).median;
  impact.settled_latency_us = timeline.latency_us(settled_at, timeline.size());
  impact.settled_latency_us->add(waiting_us);
  return impact;
}

}  // namespace breakwater::bench

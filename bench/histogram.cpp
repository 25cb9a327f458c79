#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace breakwater::bench {

namespace {
constexpr unsigned kBits = 7;  // of a value, after its highest one
constexpr std::uint64_t kPerPower = std::uint64_t{1} << kBits;
}  // namespace

// Values below 2 * kPerPower have a bucket each; above, the bucket is the value's magnitude and its next kBits bits.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < 2 * kPerPower) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
  return shift * kPerPower + (value >> shift);
}

std::uint64_t Histogram::upper_end(std::size_t bucket) {
  if (bucket < 2 * kPerPower) return bucket;
  const std::size_t shift = bucket / kPerPower - 1;
  const std::uint64_t first = kPerPower + bucket % kPerPower;
  return ((first + 1) << shift) - 1;
}

void Histogram::add(std::uint64_t value, std::uint64_t times) {
  if (times == 0) return;
  const std::size_t bucket = bucket_of(value);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket] += times;
  count_ += times;
  max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) {
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::percentile(double p) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(std::clamp(p, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= wanted) return std::min(upper_end(i), max_);
  }
  return max_;
}

}  // namespace breakwater::bench

// A histogram of times that costs the same for a microsecond and for a minute.
#pragma once

#include <cstdint>
#include <vector>

namespace breakwater::bench {

// Log-linear, as Tene's HdrHistogram: each power of two is cut into 128 equal buckets, so that a value comes back at
// most 1/128 too high, and none is lost. Values are microseconds here; any whole number does. One thread.
class Histogram {
 public:
  void add(std::uint64_t value, std::uint64_t times = 1);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }  // exact; 0 when empty
  // The smallest bucket's upper end that at least the share `p` (0 to 1) of all values does not exceed; the maximum
  // when that is smaller, 0 when empty.
  std::uint64_t percentile(double p) const;

 private:
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_end(std::size_t bucket);
  std::vector<std::uint64_t> buckets_;  // as many as the highest value needs
  std::uint64_t count_ = 0, max_ = 0;
};

}  // namespace breakwater::bench

// A bounded memory of what was verified.
#pragma once

#include <mutex>
#include <set>
#include <vector>

#include "replication/assert.hpp"
#include "replication/bytes.hpp"

namespace breakwater {

// A set of at most `capacity` digests (at least one) that forgets the oldest first. Any thread.
// Ordered rather than hashed into buckets, so that nobody chooses bytes that collide there.
class Memo {
 public:
  explicit Memo(std::size_t capacity) : capacity_(capacity) { BW_ASSERT(capacity > 0); }

  bool contains(const Digest& key) const {
    const std::lock_guard lock(mutex_);
    return keys_.contains(key);
  }
  void insert(const Digest& key) {
    const std::lock_guard lock(mutex_);
    if (!keys_.insert(key).second) return;  // another thread came first; its age stands
    if (by_age_.size() < capacity_) {
      by_age_.push_back(key);
      return;
    }
    keys_.erase(by_age_[oldest_]);
    by_age_[oldest_] = key;
    oldest_ = (oldest_ + 1) % capacity_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::set<Digest> keys_;
  std::vector<Digest> by_age_;  // a ring once full
  std::size_t oldest_ = 0;
};

}  // namespace breakwater

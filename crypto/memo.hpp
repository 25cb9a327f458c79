// A bounded memory of what was verified.
#pragma once

#include <mutex>
#include <vector>

#include "replication/assert.hpp"
#include "replication/bytes.hpp"

namespace breakwater {

// Remembers digests, at most one in each of `places` places: a new one displaces the old one of its place, so that a
// look-up is one comparison and nothing grows. Who chooses digests that share a place makes others be verified again,
// no more. Any thread.
class Memo {
 public:
  explicit Memo(std::size_t places) : kept_(places) { BW_ASSERT(places > 0); }

  bool contains(const Digest& key) const {
    const std::lock_guard lock(mutex_);
    return kept_[place_of(key)] == key && !key.is_zero();
  }
  void insert(const Digest& key) {
    const std::lock_guard lock(mutex_);
    kept_[place_of(key)] = key;
  }

 private:
  std::size_t place_of(const Digest& key) const {
    std::uint64_t prefix;
    std::memcpy(&prefix, key.bytes.data(), sizeof prefix);
    return prefix % kept_.size();
  }

  mutable std::mutex mutex_;
  std::vector<Digest> kept_;  // zero: nothing yet
};

}  // namespace breakwater

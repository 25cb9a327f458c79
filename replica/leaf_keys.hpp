// Keys of Table::leaves and Table::staging: the leaf's bucket in the state tree, big-endian, then its own key; so the
// leaves of a bucket lie together, in key order.
#pragma once

#include <limits>

#include "crypto/merkle.hpp"

namespace breakwater {

inline constexpr std::size_t kBucketPrefixBytes = 2;

inline Bytes bucket_prefix(std::uint32_t bucket) {
  static_assert(StateTree::kBuckets <= std::numeric_limits<std::uint16_t>::max());
  return {static_cast<std::uint8_t>(bucket >> 8), static_cast<std::uint8_t>(bucket)};
}

// `bucket`: that of the key.
inline Bytes stored_leaf_key(ByteView key, std::uint32_t bucket) {
  Writer out;
  out.reserve(kBucketPrefixBytes + key.size());
  return out.u8(static_cast<std::uint8_t>(bucket >> 8)).u8(static_cast<std::uint8_t>(bucket)).raw(key).take();
}
inline Bytes stored_leaf_key(ByteView key) { return stored_leaf_key(key, state_bucket(key)); }

// The leaf's own key; empty for bytes that are no such key.
inline ByteView leaf_key(ByteView stored) {
  return stored.size() < kBucketPrefixBytes ? ByteView() : stored.subspan(kBucketPrefixBytes);
}

inline bool is_in_bucket(ByteView stored, std::uint32_t bucket) {
  return stored.size() >= kBucketPrefixBytes && stored[0] == static_cast<std::uint8_t>(bucket >> 8) &&
         stored[1] == static_cast<std::uint8_t>(bucket);
}

}  // namespace breakwater

// Merkle trees: over the state (incremental) and over the results of a slot (with paths).
#pragma once

#include <map>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater {

// The root over a set of keyed leaves. Leaves fall into 4096 buckets by the digest of their key; a bucket hashes
// its leaves in key order, and a binary tree stands over the buckets. One thread.
class StateTree {
 public:
  StateTree();
  void put(ByteView key, ByteView value);
  void erase(ByteView key);
  // Rehashes only what changed since the last call.
  Digest root();

 private:
  void mark(std::uint32_t bucket);

  static constexpr std::size_t kBuckets = 4096;
  std::vector<std::map<Bytes, Digest>> buckets_;
  std::vector<Digest> nodes_;  // heap order: 1 is the root, kBuckets + b is bucket b
  std::vector<std::uint32_t> dirty_;
  std::vector<bool> is_dirty_;
};

// A proof that a leaf is under a root: the siblings from the leaf upwards.
struct MerklePath {
  std::uint32_t index = 0;
  std::uint32_t leaves = 0;
  std::vector<Digest> siblings;
};

// RFC 6962 shape: the left subtree is the largest power of two below the count. A leaf is hashed with its index and the
// count, so that a root vouches for a leaf at its place. Zero for no leaves.
Digest merkle_root(const std::vector<Digest>& leaves);
// The caller guarantees index < leaves.size(), and fewer than 2^32 leaves.
MerklePath merkle_path(const std::vector<Digest>& leaves, std::uint32_t index);
// The paths of all leaves at once, hashing the tree only once.
std::vector<MerklePath> merkle_paths(const std::vector<Digest>& leaves);
// False for a path of the wrong shape or another place, whatever the bytes.
bool merkle_path_leads_to(const Digest& leaf, const MerklePath& path, const Digest& root);

}  // namespace breakwater

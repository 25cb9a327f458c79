// Merkle trees: over the state (incremental) and over the results of a slot (with paths).
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater {

// The digests of a state tree's nodes, in heap order: 1 is the root, kBuckets + b is bucket b. A copy is cheap and
// shares what neither side changes. One thread.
class StateNodes {
 public:
  static constexpr std::uint32_t kBuckets = 4096;
  static constexpr std::uint32_t kCount = 2 * kBuckets;

  StateNodes();  // of the empty state
  const Digest& operator[](std::uint32_t node) const { return (*pages_[node / kPage])[node % kPage]; }
  void set(std::uint32_t node, const Digest& digest);

 private:
  static constexpr std::uint32_t kPage = 64;
  using Page = std::array<Digest, kPage>;
  std::array<std::shared_ptr<Page>, kCount / kPage> pages_;
};

// The bucket of a leaf in a state tree.
std::uint32_t state_bucket(ByteView key);

// The root over a set of keyed leaves. Leaves fall into kBuckets buckets by the digest of their key; a bucket hashes
// its leaves in key order, and a binary tree stands over the buckets. One thread.
class StateTree {
 public:
  static constexpr std::uint32_t kBuckets = StateNodes::kBuckets;

  StateTree();
  void put(ByteView key, ByteView value) { put(key, value, state_bucket(key)); }
  // False: there was no such leaf.
  bool erase(ByteView key) { return erase(key, state_bucket(key)); }
  // For a caller who knows the key's bucket already.
  void put(ByteView key, ByteView value, std::uint32_t bucket);
  bool erase(ByteView key, std::uint32_t bucket);
  // Rehashes only what changed since the last call.
  Digest root();
  const StateNodes& nodes() const { return nodes_; }  // as of the last root()

 private:
  struct Leaf {
    std::string key;  // short ones lie in place, beside the digest
    Digest digest;
  };
  // Where the key's leaf is, or would be.
  std::vector<Leaf>::iterator find(std::string_view key, std::uint32_t bucket);
  void mark(std::uint32_t bucket);

  std::vector<std::vector<Leaf>> buckets_;  // in key order
  StateNodes nodes_;
  std::vector<std::uint32_t> dirty_;
  std::vector<bool> is_dirty_;
};

// The tree's parts by themselves, for whoever checks a piece of a state against its root.
Digest state_leaf(ByteView key, ByteView value);
// Of the leaves' digests in key order; zero for none.
Digest state_bucket_digest(std::span<const Digest> leaves);
// The node over a whole level below it; their number is a power of two.
Digest state_node_over(std::vector<Digest> level);

// A proof that a leaf is under a root: the siblings from the leaf upwards.
struct MerklePath {
  std::uint32_t index = 0;
  std::uint32_t leaves = 0;
  std::vector<Digest> siblings;
};

// Over the results of a slot. RFC 6962 shape: the left subtree is the largest power of two below the count. A leaf is
// hashed with its index and the count, so that a root vouches for a leaf at its place. One thread.
class MerkleTree {
 public:
  // The caller guarantees fewer than 2^32 leaves.
  explicit MerkleTree(const std::vector<Digest>& leaves);
  Digest root() const;  // zero for no leaves
  // The caller guarantees that there is such a leaf.
  MerklePath path(std::uint32_t index) const;

 private:
  std::vector<std::vector<Digest>> levels_;  // from the hashed leaves up to the root
};
// False for a path of the wrong shape or another place, whatever the bytes.
bool merkle_path_leads_to(const Digest& leaf, const MerklePath& path, const Digest& root);

}  // namespace breakwater

#include "crypto/merkle.hpp"

#include <algorithm>
#include <bit>

#include "crypto/digest.hpp"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

// Each kind of node hashes in its own domain: a leaf never passes for an interior node, nor a result for a state.
Digest node_digest(std::string_view domain, const Digest& left, const Digest& right) {
  return hash(domain, left.view(), right.view());
}

constexpr std::string_view kStateNode = "state-node";
constexpr std::string_view kResultNode = "merkle-node";

// Binds the place as well: otherwise the last of three leaves would also pass for the second of two.
Digest placed_leaf(const Digest& leaf, std::uint32_t index, std::uint32_t leaves) {
  Writer place;
  place.reserve(8);
  place.u32(index).u32(leaves);
  return hash("merkle-leaf", place.bytes(), leaf.view());
}

}  // namespace

std::uint32_t state_bucket(ByteView key) {
  const Digest digest = hash("state-key", key);
  return (digest.bytes[0] | std::uint32_t{digest.bytes[1]} << 8) % StateTree::kBuckets;
}

Digest state_leaf(ByteView key, ByteView value) { return hash("state-leaf", key, value); }

Digest state_bucket_digest(std::span<const Digest> leaves) {
  static_assert(sizeof(Digest) == Digest::kSize);
  if (leaves.empty()) return {};
  return hash("state-bucket", {leaves.front().bytes.data(), leaves.size() * Digest::kSize});
}

Digest state_node_over(std::vector<Digest> level) {
  BW_ASSERT(std::has_single_bit(level.size()));
  for (; level.size() > 1; level.resize(level.size() / 2)) {
    for (std::size_t i = 0; i < level.size() / 2; ++i) {
      level[i] = node_digest(kStateNode, level[2 * i], level[2 * i + 1]);
    }
  }
  return level[0];
}

// Empty subtrees of one height are alike: so are whole pages of the lower levels.
StateNodes::StateNodes() {
  static const std::array<std::shared_ptr<Page>, kCount / kPage> kEmpty = [] {
    std::vector<Digest> nodes(kCount);
    for (std::uint32_t node = kBuckets - 1; node > 0; --node) {
      nodes[node] = node_digest(kStateNode, nodes[std::size_t{2} * node], nodes[std::size_t{2} * node + 1]);
    }
    std::array<std::shared_ptr<Page>, kCount / kPage> pages;
    for (std::uint32_t page = 0; page < pages.size(); ++page) {
      pages[page] = std::make_shared<Page>();
      std::copy_n(nodes.begin() + std::ptrdiff_t{page} * kPage, kPage, pages[page]->begin());
    }
    return pages;
  }();
  pages_ = kEmpty;
}

void StateNodes::set(std::uint32_t node, const Digest& digest) {
  std::shared_ptr<Page>& page = pages_[node / kPage];
  if (page.use_count() > 1) page = std::make_shared<Page>(*page);
  (*page)[node % kPage] = digest;
}

StateTree::StateTree() : buckets_(kBuckets), is_dirty_(kBuckets, false) {}

void StateTree::mark(std::uint32_t bucket) {
  if (is_dirty_[bucket]) return;
  is_dirty_[bucket] = true;
  dirty_.push_back(bucket);
}

std::vector<StateTree::Leaf>::iterator StateTree::find(std::string_view key, std::uint32_t bucket) {
  return std::ranges::lower_bound(buckets_[bucket], key, {}, &Leaf::key);
}

void StateTree::put(ByteView key, ByteView value, std::uint32_t bucket) {
  const Digest digest = state_leaf(key, value);
  const auto leaf = find(as_text(key), bucket);
  if (leaf == buckets_[bucket].end() || leaf->key != as_text(key)) {
    buckets_[bucket].insert(leaf, Leaf{std::string(as_text(key)), digest});
  } else if (leaf->digest == digest) {
    return;
  } else {
    leaf->digest = digest;
  }
  mark(bucket);
}

bool StateTree::erase(ByteView key, std::uint32_t bucket) {
  const auto leaf = find(as_text(key), bucket);
  if (leaf == buckets_[bucket].end() || leaf->key != as_text(key)) return false;
  buckets_[bucket].erase(leaf);
  mark(bucket);
  return true;
}

Digest StateTree::root() {
  std::vector<Digest> leaves;
  for (std::uint32_t& node : dirty_) {
    const std::uint32_t bucket = node;
    is_dirty_[bucket] = false;
    node = kBuckets + bucket;
    leaves.clear();
    for (const Leaf& leaf : buckets_[bucket]) leaves.push_back(leaf.digest);
    nodes_.set(node, state_bucket_digest(leaves));
  }
  std::sort(dirty_.begin(), dirty_.end());
  // Level by level: the dirty nodes become their parents, each once.
  while (!dirty_.empty() && dirty_.front() > 1) {
    for (std::uint32_t& node : dirty_) node /= 2;
    dirty_.erase(std::unique(dirty_.begin(), dirty_.end()), dirty_.end());
    for (const std::uint32_t node : dirty_) {
      nodes_.set(node, node_digest(kStateNode, nodes_[2 * node], nodes_[2 * node + 1]));
    }
  }
  dirty_.clear();
  return nodes_[1];
}

// The last of an odd level moves up as it is.
MerkleTree::MerkleTree(const std::vector<Digest>& leaves) : levels_(1) {
  const auto count = static_cast<std::uint32_t>(leaves.size());
  levels_[0].reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) levels_[0].push_back(placed_leaf(leaves[i], i, count));
  while (levels_.back().size() > 1) {
    const std::vector<Digest>& below = levels_.back();
    std::vector<Digest> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
      level.push_back(node_digest(kResultNode, below[i], below[i + 1]));
    }
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

Digest MerkleTree::root() const { return levels_[0].empty() ? Digest{} : levels_.back().front(); }

MerklePath MerkleTree::path(std::uint32_t index) const {
  BW_ASSERT(index < levels_[0].size());
  MerklePath path{index, static_cast<std::uint32_t>(levels_[0].size()), {}};
  std::size_t position = index;
  for (const std::vector<Digest>& level : levels_) {
    const std::size_t sibling = position ^ 1;
    if (sibling < level.size()) path.siblings.push_back(level[sibling]);
    position /= 2;
  }
  return path;
}

bool merkle_path_leads_to(const Digest& leaf, const MerklePath& path, const Digest& root) {
  if (path.index >= path.leaves) return false;
  Digest digest = placed_leaf(leaf, path.index, path.leaves);
  std::size_t used = 0;
  std::uint32_t position = path.index;
  for (std::uint32_t last = path.leaves - 1; last > 0; last /= 2, position /= 2) {
    const bool is_right = position % 2 == 1;
    if (!is_right && position == last) continue;  // moved up without a sibling
    if (used == path.siblings.size()) return false;
    const Digest& sibling = path.siblings[used++];
    digest = is_right ? node_digest(kResultNode, sibling, digest) : node_digest(kResultNode, digest, sibling);
  }
  return used == path.siblings.size() && digest == root;
}

}  // namespace breakwater

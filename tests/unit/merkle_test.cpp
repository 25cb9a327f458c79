// The incremental tree over the state, and the tree with paths over a slot's results.
#include "crypto/merkle.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

#include "crypto/digest.hpp"

namespace breakwater {
namespace {

std::string hex(const Digest& digest) { return to_hex(digest.view()); }

using Leaves = std::map<Bytes, Bytes>;

Digest root_of(const Leaves& leaves) {
  StateTree tree;
  for (const auto& [key, value] : leaves) tree.put(key, value);
  return tree.root();
}

std::vector<Digest> results(std::uint32_t count) {
  std::vector<Digest> leaves;
  for (std::uint32_t i = 0; i < count; ++i) leaves.push_back(hash("test-leaf", Writer().u32(i).bytes()));
  return leaves;
}

BOOST_AUTO_TEST_SUITE(merkle)

// Computed by an independent program from the layout in the header and the comments.
BOOST_AUTO_TEST_CASE(golden_roots) {
  StateTree tree;
  BOOST_TEST(hex(tree.root()) == "7d41a6c90b007e705912522df59806dce1475e33dd1a20f3847925a12fbed163");
  tree.put(as_bytes("k1"), as_bytes("one"));
  tree.put(as_bytes("k2"), as_bytes("two"));
  BOOST_TEST(hex(tree.root()) == "5aed5628d3a004d5bafc0ce4f567532a92a492538ae3bacbb475cc93aae65318");

  std::vector<Digest> leaves(3);
  for (std::uint8_t i = 0; i < 3; ++i) leaves[i].bytes.fill(i);
  BOOST_TEST(hex(MerkleTree(leaves).root()) == "20844b694a744740a8ac2eba4429cb3b3e24623220d9146b68b4f0c7a76e9d35");
  leaves.resize(1);
  BOOST_TEST(hex(MerkleTree(leaves).root()) == "ab84178c02f988094f3b5d504e089100926545f4237fc14ccffcb41627ba71d7");
  BOOST_TEST(MerkleTree({}).root().is_zero());
}

// Few keys, so that edits overwrite and erase each other; the root is asked for at random moments.
BOOST_DATA_TEST_CASE(edits_one_by_one_give_the_root_of_a_tree_built_at_once, boost::unit_test::data::xrange(1u, 9u),
                     seed) {
  std::mt19937_64 random(seed);
  StateTree tree;
  Leaves leaves;
  for (int edit = 0; edit < 400; ++edit) {
    const Bytes key = Writer().u16(static_cast<std::uint16_t>(random() % 60)).take();
    if (random() % 3 == 0) {
      tree.erase(key);
      leaves.erase(key);
    } else {
      const Bytes value = Writer().u8(static_cast<std::uint8_t>(random() % 4)).take();
      tree.put(key, value);
      leaves[key] = value;
    }
    if (random() % 40 == 0) BOOST_TEST((tree.root() == root_of(leaves)), "seed " << seed << " edit " << edit);
  }
  BOOST_TEST((tree.root() == root_of(leaves)), "seed " << seed);
  for (const auto& [key, value] : leaves) tree.erase(key);
  BOOST_TEST((tree.root() == StateTree().root()));
}

// Enough keys that many share a bucket.
BOOST_AUTO_TEST_CASE(the_order_of_insertion_does_not_matter) {
  std::vector<Bytes> keys;
  for (std::uint32_t i = 0; i < 10'000; ++i) keys.push_back(Writer().u32(i).take());
  StateTree forwards, backwards;
  for (auto key = keys.begin(); key != keys.end(); ++key) forwards.put(*key, *key);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) backwards.put(*key, *key);
  BOOST_TEST((forwards.root() == backwards.root()));
  backwards.put(keys[77], as_bytes("other"));
  BOOST_TEST((forwards.root() != backwards.root()));
}

BOOST_AUTO_TEST_CASE(key_and_value_are_both_bound) {
  const auto root = [](std::string_view key, std::string_view value) {
    return root_of({{to_bytes(key), to_bytes(value)}});
  };
  const std::set<Digest> distinct = {root_of({}),     root("ab", "c"), root("a", "bc"),
                                     root("", "abc"), root("abc", ""), root("c", "ab")};
  BOOST_TEST(distinct.size() == 6u);
  const Leaves pair = {{to_bytes("a"), to_bytes("1")}, {to_bytes("b"), to_bytes("2")}};
  const Leaves swapped = {{to_bytes("a"), to_bytes("2")}, {to_bytes("b"), to_bytes("1")}};
  BOOST_TEST((root_of(pair) != root_of(swapped)));
}

// RFC 6962 in its own words: recursive, split at the largest power of two below the count.
Digest recursive_root(const std::vector<Digest>& hashed) {
  if (hashed.size() == 1) return hashed[0];
  std::size_t split = 1;
  while (split * 2 < hashed.size()) split *= 2;
  const auto middle = hashed.begin() + static_cast<std::ptrdiff_t>(split);
  return hash("merkle-node", recursive_root({hashed.begin(), middle}).view(),
              recursive_root({middle, hashed.end()}).view());
}

const auto kSizes = boost::unit_test::data::xrange(1u, 18u);

BOOST_DATA_TEST_CASE(the_shape_is_rfc_6962s, kSizes, size) {
  std::vector<Digest> hashed;
  for (std::uint32_t i = 0; i < size; ++i) {
    hashed.push_back(hash("merkle-leaf", Writer().u32(i).u32(size).bytes(), results(size)[i].view()));
  }
  BOOST_TEST((MerkleTree(results(size)).root() == recursive_root(hashed)));
}

BOOST_DATA_TEST_CASE(every_leaf_has_a_path_and_no_other_place, kSizes, size) {
  const std::vector<Digest> leaves = results(size);
  const Digest root = MerkleTree(leaves).root();
  const MerkleTree tree(leaves);
  for (std::uint32_t i = 0; i < size; ++i) {
    const MerklePath path = tree.path(i);
    BOOST_TEST((path.index == i && path.leaves == size));
    for (std::uint32_t leaf = 0; leaf < size; ++leaf) {
      BOOST_TEST(merkle_path_leads_to(leaves[leaf], path, root) == (leaf == i));
    }
    for (std::uint32_t index = 0; index < 20; ++index) {
      for (std::uint32_t count = 0; count < 20; ++count) {
        const MerklePath moved{index, count, path.siblings};
        BOOST_TEST(merkle_path_leads_to(leaves[i], moved, root) == (index == i && count == size));
      }
    }
  }
}

BOOST_DATA_TEST_CASE(a_tampered_path_is_refused, kSizes, size) {
  const std::vector<Digest> leaves = results(size);
  const Digest root = MerkleTree(leaves).root();
  for (std::uint32_t i = 0; i < size; ++i) {
    const MerklePath path = MerkleTree(leaves).path(i);
    for (std::size_t s = 0; s < path.siblings.size(); ++s) {
      MerklePath changed = path;
      changed.siblings[s].bytes[31] ^= 1;
      BOOST_TEST(!merkle_path_leads_to(leaves[i], changed, root));
    }
    MerklePath longer = path;
    longer.siblings.push_back(Digest{});
    BOOST_TEST(!merkle_path_leads_to(leaves[i], longer, root));
    if (!path.siblings.empty()) {
      MerklePath shorter = path;
      shorter.siblings.pop_back();
      BOOST_TEST(!merkle_path_leads_to(leaves[i], shorter, root));
    }
    Digest other_root = root;
    other_root.bytes[0] ^= 1;
    BOOST_TEST(!merkle_path_leads_to(leaves[i], path, other_root));
  }
}

BOOST_AUTO_TEST_CASE(paths_of_absurd_shape_are_refused_at_once) {
  BOOST_TEST(!merkle_path_leads_to({}, {0, 0, {}}, {}));
  BOOST_TEST(!merkle_path_leads_to({}, {5, 5, {}}, {}));
  BOOST_TEST(!merkle_path_leads_to({}, {0xffffffff, 0xffffffff, {}}, {}));
  BOOST_TEST(!merkle_path_leads_to({}, {0xfffffffe, 0xffffffff, std::vector<Digest>(40)}, {}));
}

// An interior node offered as a leaf must not lead to the root.
BOOST_AUTO_TEST_CASE(a_node_is_no_leaf) {
  const std::vector<Digest> leaves = results(4);
  const Digest right = MerkleTree(leaves).path(0).siblings[1];  // the node over leaves 2 and 3
  const Digest left = MerkleTree(leaves).path(2).siblings[1];
  BOOST_TEST(!merkle_path_leads_to(right, {1, 2, {left}}, MerkleTree(leaves).root()));
  BOOST_TEST((MerkleTree({left, right}).root() != MerkleTree(leaves).root()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

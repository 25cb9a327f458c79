// LMDB's file read by its bytes alone, read-only and with every bound checked: for looking at a file that may be
// damaged, where LMDB itself would follow a bad pointer. Format of LMDB 0.9 on 64-bit little-endian machines, as this
// program writes it: no duplicate keys, no MDB_INTEGERKEY but in the free list, no sub-pages.
//
// Page: number u64, pad u16, flags u16; then lower u16 and upper u16 (branch, leaf), or the count of pages u32
// (overflow); 16 bytes in all. A branch or leaf goes on with the offsets (u16) of its nodes, up to `lower`; the nodes
// fill [upper, page size) without a gap, each of an even size.
// Node: lo u16, hi u16, flags u16, key size u16, key, data. In a leaf, lo and hi are the data's size, and the flags say
// whether it lies in overflow pages (then the data is their first number) or is a table's root. In a branch, lo, hi and
// flags are the child's page number; the first key of a branch means nothing.
// Pages 0 and 1 are the two meta pages: transaction n writes page n modulo 2. A free-list record: the transaction that
// freed the pages, and their count and numbers (u64, descending).
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater::lmdb {

inline constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
inline constexpr std::size_t kMaxDepth = 32;

// A B-tree, as a meta page or a leaf of the main tree describes it.
struct Tree {
  std::uint32_t pad = 0;
  std::uint16_t flags = 0, depth = 0;
  std::uint64_t branch_pages = 0, leaf_pages = 0, overflow_pages = 0, entries = 0;
  std::uint64_t root = kNoPage;
  static constexpr std::size_t kSize = 48;
};

struct Meta {
  std::uint32_t page_bytes = 0;
  Tree free, main;
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
};

struct Node {
  std::uint16_t flags;  // of a leaf's node
  ByteView key;
  ByteView data;             // of a leaf's node, in the page
  std::uint32_t data_bytes;  // of the value, wherever it lies
  std::uint64_t child;       // of a branch's node

  static constexpr std::uint16_t kInOverflow = 1, kIsTree = 2;
};

// A branch or leaf whose nodes tile it.
struct Page {
  std::uint64_t number;
  bool is_leaf;
  std::vector<Node> nodes;
};

// What is wrong, in one line.
using Fault = std::string;

// The bytes must outlive it, and what it returns.
class PageFile {
 public:
  // Reads both meta pages. A fault in either is one of the file.
  static std::expected<PageFile, Fault> open(ByteView file);

  // By LMDB's own rule: the higher transaction.
  const Meta& newest() const { return metas_[newest_]; }
  const Meta& older() const { return metas_[1 - newest_]; }

  std::expected<Page, Fault> page(const Meta& meta, std::uint64_t number) const;
  // The value of a leaf's node; `pages` tells how many pages it lies in, 0 for none of its own.
  std::expected<ByteView, Fault> value(const Meta& meta, const Node& node, std::uint64_t* pages = nullptr) const;
  // One key of a tree whose keys order as bytes; nothing when absent. The keys beside the way are not checked.
  std::expected<std::optional<Node>, Fault> find(const Meta& meta, const Tree& tree, ByteView key) const;

 private:
  explicit PageFile(ByteView file) : file_(file) {}
  std::expected<ByteView, Fault> bytes_of(const Meta& meta, std::uint64_t number, std::uint64_t pages) const;

  ByteView file_;
  Meta metas_[2];
  int newest_ = 0;
};

Tree read_tree(Reader& in);
Fault fault_at(std::uint64_t page, const std::string& what);

}  // namespace breakwater::lmdb

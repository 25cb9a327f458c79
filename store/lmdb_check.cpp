#include "store/lmdb_check.hpp"

#include <algorithm>

#include "store/layout.hpp"

namespace breakwater {

namespace {

using namespace lmdb;

constexpr std::uint16_t kFreeListFlags = 0x08;  // MDB_INTEGERKEY
// MDB_NOSUBDIR: LMDB keeps there how the file was made (store/lmdb_disk.cpp makes it under another name first).
constexpr std::uint16_t kMadeAsFile = 0x4000;

class Walk {
 public:
  Walk(const PageFile& file, const Meta& meta, FileCheck& check)
      : file_(file), meta_(meta), check_(check), used_(meta.last_page + 1, false) {
    used_[0] = used_[1] = true;
  }

  std::optional<Fault> run() {
    if (auto fault = walk(meta_.main, "main", kFlat, [&](const Node& node) { return named_tree(node); })) return fault;
    if (auto fault = walk(meta_.free, "the free list", kNumbers, [&](const Node& node) { return freed(node); })) {
      return fault;
    }
    const auto lost = std::ranges::find(used_, false);
    if (lost != used_.end()) {
      return fault_at(static_cast<std::uint64_t>(lost - used_.begin()), "it is in no tree, and not free");
    }
    return std::nullopt;
  }
  ContentCheck content() { return content_.finish(); }

 private:
  enum Keys { kFlat, kNumbers };  // ordered as bytes, or as numbers of 8 bytes
  using Visit = std::function<std::optional<Fault>(const Node&)>;
  struct Counted {
    std::uint64_t branches = 0, leaves = 0, overflow = 0, entries = 0;
  };
  struct Bounds {
    std::optional<ByteView> from, below;
  };

  static bool less(Keys keys, ByteView a, ByteView b) {
    if (keys == kNumbers) return Reader(a).u64() < Reader(b).u64();
    return std::ranges::lexicographical_compare(a, b);
  }

  std::optional<Fault> use(std::uint64_t first, std::uint64_t pages) {
    for (std::uint64_t n = first; n < first + pages; ++n) {
      if (n > meta_.last_page || used_[n]) return fault_at(n, "it is in two places at once, or outside the file");
      used_[n] = true;
    }
    check_.bytes_read += pages * meta_.page_bytes;
    return std::nullopt;
  }

  std::optional<Fault> walk(const Tree& tree, const std::string& name, Keys keys, const Visit& visit) {
    const bool is_known =
        keys == kNumbers ? (tree.flags | kMadeAsFile) == (kFreeListFlags | kMadeAsFile) : tree.flags == 0;
    if (!is_known) return "the tree of " + name + " is of an unknown kind";
    if (tree.pad != 0 && &tree != &meta_.free) return "the tree of " + name + " is of an unknown kind";
    Counted counted;
    if (tree.root != kNoPage) {
      if (tree.depth == 0 || tree.depth > kMaxDepth) return "the tree of " + name + " has an impossible depth";
      if (auto fault = descend(tree.root, tree.depth, keys, {}, counted, visit)) return fault;
    } else if (tree.depth != 0) {
      return "the tree of " + name + " has a depth and no root";
    }
    if (counted.branches != tree.branch_pages || counted.leaves != tree.leaf_pages ||
        counted.overflow != tree.overflow_pages || counted.entries != tree.entries) {
      return "the tree of " + name + " does not have the pages and entries that it is said to have";
    }
    return std::nullopt;
  }

  std::optional<Fault> descend(std::uint64_t number, std::size_t depth, Keys keys, const Bounds& bounds,
                               Counted& counted, const Visit& visit) {
    const auto page = file_.page(meta_, number);
    if (!page) return page.error();
    if (auto fault = use(number, 1)) return fault;
    if (page->is_leaf != (depth == 1)) return fault_at(number, "it is at the wrong depth of its tree");
    // LMDB asserts as much of branches; in the free list one child is enough.
    if (page->nodes.empty() || (!page->is_leaf && keys == kFlat && page->nodes.size() < 2)) {
      return fault_at(number, "it holds too few nodes");
    }
    if (auto fault = misordered(*page, keys, bounds)) return fault;
    ++(page->is_leaf ? counted.leaves : counted.branches);
    for (std::size_t i = 0; i < page->nodes.size(); ++i) {
      const Node& node = page->nodes[i];
      std::optional<Fault> fault;
      if (page->is_leaf) {
        ++counted.entries;
        fault = count_overflow(node, counted);
        if (!fault) fault = visit(node);
      } else {
        Bounds within = bounds;
        if (i > 0) within.from = node.key;
        if (i + 1 < page->nodes.size()) within.below = page->nodes[i + 1].key;
        fault = descend(node.child, depth - 1, keys, within, counted, visit);
      }
      if (fault) return fault;
    }
    return std::nullopt;
  }

  std::optional<Fault> misordered(const Page& page, Keys keys, const Bounds& bounds) const {
    const Node* before = nullptr;
    for (std::size_t i = page.is_leaf ? 0 : 1; i < page.nodes.size(); ++i) {
      const ByteView key = page.nodes[i].key;
      if (keys == kNumbers && key.size() != sizeof(std::uint64_t)) return fault_at(page.number, "a key's size is none");
      if (before != nullptr && !less(keys, before->key, key)) return fault_at(page.number, "its keys are out of order");
      if ((bounds.from && less(keys, key, *bounds.from)) || (bounds.below && !less(keys, key, *bounds.below))) {
        return fault_at(page.number, "its keys belong elsewhere in the tree");
      }
      before = &page.nodes[i];
    }
    return std::nullopt;
  }

  std::optional<Fault> count_overflow(const Node& node, Counted& counted) {
    std::uint64_t pages = 0;
    const auto value = file_.value(meta_, node, &pages);
    if (!value) return value.error();
    counted.overflow += pages;
    return pages == 0 ? std::nullopt : use(Reader(node.data).u64(), pages);
  }

  std::optional<Fault> named_tree(const Node& node) {
    const std::string name(as_text(node.key));
    const std::optional<Table> table = table_of(name);
    if (node.flags != Node::kIsTree || node.data.size() != Tree::kSize || !table) {
      return "the file has a table '" + to_hex(node.key) + "', which is none of this program's";
    }
    Reader in(node.data);
    return walk(read_tree(in), name, kFlat, [&](const Node& record) -> std::optional<Fault> {
      if ((record.flags & Node::kIsTree) != 0) return "a record of " + name + " is a tree";
      const auto value = file_.value(meta_, record);
      if (!value) return value.error();
      content_.add(*table, record.key, *value);
      return std::nullopt;
    });
  }

  std::optional<Fault> freed(const Node& node) {
    const auto list = file_.value(meta_, node);
    if (!list) return list.error();
    Reader in(*list);
    const std::uint64_t transaction = Reader(node.key).u64(), count = in.u64();
    if (node.flags > Node::kInOverflow || transaction > meta_.transaction || in.failed() ||
        in.remaining() % sizeof(std::uint64_t) != 0 || count > in.remaining() / sizeof(std::uint64_t)) {
      return "the free list's record of transaction " + std::to_string(transaction) + " makes no sense";
    }
    std::uint64_t before = kNoPage;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t number = in.u64();
      if (number >= before)
        return "the free list's record of transaction " + std::to_string(transaction) + " is out of order";
      if (auto fault = use(number, 1)) return fault;
      before = number;
      ++check_.free_pages;
    }
    return std::nullopt;
  }

  const PageFile& file_;
  const Meta& meta_;
  FileCheck& check_;
  std::vector<bool> used_;
  ContentChecker content_;
};

// The head in the tree of a meta page; nothing when there is none yet.
std::expected<std::optional<StoreHead>, Fault> head_of(const PageFile& file, const Meta& meta) {
  const auto table = file.find(meta, meta.main, as_bytes(name_of(Table::meta)));
  if (!table) return std::unexpected(table.error());
  if (!*table) return std::optional<StoreHead>{};
  Reader in((*table)->data);
  const Tree tree = read_tree(in);
  if ((*table)->flags != Node::kIsTree || !in.finished()) return std::unexpected("table meta has no tree");
  const auto record = file.find(meta, tree, head_key());
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::optional<StoreHead>{};
  const auto sealed = file.value(meta, **record);
  if (!sealed) return std::unexpected(sealed.error());
  const auto value = unseal_value(Table::meta, head_key(), *sealed);
  const auto head = value ? decode_head(*value) : std::nullopt;
  if (!head) return std::unexpected("its head is damaged");
  return head;
}

// LMDB goes on from the meta page with the higher number, whichever that is.
std::optional<Fault> disputed(const PageFile& file, const ContentCheck& content) {
  const Meta& newest = file.newest();
  const Meta& older = file.older();
  if (newest.transaction == 0 && older.transaction == 0) return std::nullopt;  // as LMDB makes a file
  if (newest.transaction != older.transaction + 1) {
    return "the meta pages are of transactions " + std::to_string(newest.transaction) + " and " +
           std::to_string(older.transaction) + ", which do not follow each other";
  }
  const auto before = head_of(file, older);
  if (!before) return "the state before the last transaction: " + before.error();
  if (!content.head) return *before ? std::optional<Fault>("the last transaction left no head") : std::nullopt;
  const std::uint64_t earlier = *before ? (*before)->transactions : 0;
  if (content.head->transactions != earlier + 1) {
    return "the newest meta page has transaction " + std::to_string(content.head->transactions) +
           " of this store, the other one " + std::to_string(earlier) + ": it is not known which is the last";
  }
  return std::nullopt;
}

}  // namespace

FileCheck check_file(ByteView bytes) {
  FileCheck check;
  const auto file = PageFile::open(bytes);
  if (!file) {
    check.fault = file.error();
    return check;
  }
  const Meta& meta = file->newest();
  check.transaction = meta.transaction;
  check.pages = meta.last_page + 1;
  if (check.pages > bytes.size() / meta.page_bytes) {
    check.fault = "the file ends before its last page";
    return check;
  }
  Walk walk(*file, meta, check);
  check.fault = walk.run();
  check.content = walk.content();
  // What was not read to its end is not missing: the fault stands for it.
  if (!check.fault) check.fault = disputed(*file, check.content);
  return check;
}

std::vector<std::string> FileCheck::problems() const {
  if (fault) return {*fault};
  return content.problems();
}

void encode(Writer& out, const FileCheck& check) {
  out.u64(check.pages).u64(check.free_pages).u64(check.transaction).u64(check.bytes_read);
  out.u8(check.fault.has_value()).text(check.fault.value_or(""));
  encode(out, check.content);
}

FileCheck decode_file_check(Reader& in) {
  FileCheck check;
  check.pages = in.u64();
  check.free_pages = in.u64();
  check.transaction = in.u64();
  check.bytes_read = in.u64();
  const bool faulty = in.u8() != 0;
  std::string fault = in.text(4096);
  if (faulty) check.fault = std::move(fault);
  check.content = decode_content_check(in);
  return check;
}

}  // namespace breakwater

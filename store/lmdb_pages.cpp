#include "store/lmdb_pages.hpp"

#include <algorithm>

namespace breakwater::lmdb {

namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kNodeHeaderBytes = 8;
constexpr std::size_t kMaxKeyBytes = 511;
constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint32_t kVersion = 1;
enum PageFlag : std::uint16_t { kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8 };

std::size_t even(std::size_t n) { return n + n % 2; }

struct Header {
  std::uint64_t number;
  std::uint16_t flags, lower, upper;
  std::uint64_t pages() const { return lower | std::uint64_t{upper} << 16; }
};

Header read_header(ByteView page) {
  Reader in(page);
  Header header{};
  header.number = in.u64();
  in.u16();
  header.flags = in.u16();
  header.lower = in.u16();
  header.upper = in.u16();
  return header;
}

std::expected<Meta, Fault> read_meta(ByteView file, std::uint64_t number, std::size_t page_bytes) {
  if (file.size() < (number + 1) * page_bytes) return std::unexpected(fault_at(number, "the file ends before it"));
  const ByteView page = file.subspan(number * page_bytes, page_bytes);
  const Header header = read_header(page);
  if (header.flags != kMeta || header.number != number) return std::unexpected(fault_at(number, "it is no meta page"));
  Reader in(page.subspan(kHeaderBytes));
  if (in.u32() != kMagic || in.u32() != kVersion) {
    return std::unexpected(fault_at(number, "it is not of LMDB 0.9"));
  }
  in.u64();  // the address of a fixed map: not used
  const std::uint64_t map_bytes = in.u64();
  Meta meta;
  meta.free = read_tree(in);
  meta.main = read_tree(in);
  meta.last_page = in.u64();
  meta.transaction = in.u64();
  meta.page_bytes = meta.free.pad;
  if (meta.page_bytes < 512 || meta.page_bytes > 32768 || (meta.page_bytes & (meta.page_bytes - 1)) != 0) {
    return std::unexpected(fault_at(number, "its page size is none"));
  }
  if (meta.last_page < 1 || meta.last_page >= kNoPage / meta.page_bytes - 1 ||
      map_bytes / meta.page_bytes < meta.last_page + 1) {
    return std::unexpected(fault_at(number, "its map is smaller than its pages"));
  }
  return meta;
}

// Where the nodes lie, checked: from `upper` on, one after the other, to the end of the page.
std::optional<Fault> untiled(const std::vector<std::uint16_t>& size_at, std::size_t upper, std::size_t page_bytes,
                             std::size_t nodes) {
  std::size_t at = upper, seen = 0;
  while (at < page_bytes && size_at[at / 2] != 0) {
    at += size_at[at / 2];
    ++seen;
  }
  if (at != page_bytes || seen != nodes) return "its nodes overlap or leave a gap";
  return std::nullopt;
}

}  // namespace

Fault fault_at(std::uint64_t page, const std::string& what) { return "page " + std::to_string(page) + ": " + what; }

Tree read_tree(Reader& in) {
  Tree tree;
  tree.pad = in.u32();
  tree.flags = in.u16();
  tree.depth = in.u16();
  tree.branch_pages = in.u64();
  tree.leaf_pages = in.u64();
  tree.overflow_pages = in.u64();
  tree.entries = in.u64();
  tree.root = in.u64();
  return tree;
}

std::expected<PageFile, Fault> PageFile::open(ByteView file) {
  PageFile pages(file);
  // The second meta page lies where the first one's page size says.
  Reader in(file);
  in.raw(kHeaderBytes + 24);
  const std::uint32_t page_bytes = in.u32();
  if (in.failed() || page_bytes < 512 || page_bytes > 32768) {
    return std::unexpected(fault_at(0, "it is no meta page of LMDB"));
  }
  for (std::uint64_t number : {0, 1}) {
    const auto meta = read_meta(file, number, page_bytes);
    if (!meta) return std::unexpected(meta.error());
    if (meta->page_bytes != page_bytes) return std::unexpected(fault_at(number, "the meta pages differ in page size"));
    pages.metas_[number] = *meta;
  }
  pages.newest_ = pages.metas_[1].transaction > pages.metas_[0].transaction ? 1 : 0;
  return pages;
}

std::expected<ByteView, Fault> PageFile::bytes_of(const Meta& meta, std::uint64_t number, std::uint64_t pages) const {
  if (number < 2 || number > meta.last_page || pages == 0 || pages > meta.last_page + 1 - number) {
    return std::unexpected(
        fault_at(number, "it is outside the file's " + std::to_string(meta.last_page + 1) + " pages"));
  }
  const std::uint64_t at = number * meta.page_bytes;
  if (at + pages * meta.page_bytes > file_.size()) return std::unexpected(fault_at(number, "the file ends before it"));
  return file_.subspan(at, pages * meta.page_bytes);
}

std::expected<Page, Fault> PageFile::page(const Meta& meta, std::uint64_t number) const {
  const auto bytes = bytes_of(meta, number, 1);
  if (!bytes) return std::unexpected(bytes.error());
  const auto wrong = [number](const char* what) { return std::unexpected(fault_at(number, what)); };
  const Header header = read_header(*bytes);
  if (header.number != number) return wrong("it carries another page's number");
  if (header.flags != kBranch && header.flags != kLeaf) return wrong("it is no page of a tree");
  if (header.lower < kHeaderBytes || header.lower % 2 != 0 || header.upper % 2 != 0 || header.lower > header.upper ||
      header.upper > bytes->size()) {
    return wrong("its bounds make no sense");
  }
  Page page{number, header.flags == kLeaf, {}};
  const std::size_t count = (header.lower - kHeaderBytes) / 2;
  page.nodes.reserve(count);
  std::vector<std::uint16_t> size_at(bytes->size() / 2);
  Reader offsets(bytes->subspan(kHeaderBytes, 2 * count));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = offsets.u16();
    if (at < header.upper || at % 2 != 0 || at + kNodeHeaderBytes > bytes->size())
      return wrong("a node lies outside it");
    Reader in(bytes->subspan(at));
    const std::uint16_t lo = in.u16(), hi = in.u16(), flags = in.u16(), key_bytes = in.u16();
    Node node{flags, in.raw(key_bytes), {}, 0, 0};
    std::size_t size = kNodeHeaderBytes + key_bytes;
    if (page.is_leaf) {
      node.data_bytes = lo | std::uint32_t{hi} << 16;
      node.data = in.raw((flags & Node::kInOverflow) != 0 ? sizeof(std::uint64_t) : node.data_bytes);
      size += node.data.size();
    } else {
      node.child = lo | std::uint64_t{hi} << 16 | std::uint64_t{flags} << 32;
    }
    if (in.failed()) return wrong("a node ends outside it");
    if (key_bytes > kMaxKeyBytes || (key_bytes == 0 && (page.is_leaf || i != 0))) return wrong("a key's size is none");
    if (page.is_leaf && flags > Node::kIsTree) return wrong("a node is of an unknown kind");
    size_at[at / 2] = static_cast<std::uint16_t>(even(size));
    page.nodes.push_back(node);
  }
  if (auto fault = untiled(size_at, header.upper, bytes->size(), count)) return wrong(fault->c_str());
  return page;
}

std::expected<ByteView, Fault> PageFile::value(const Meta& meta, const Node& node, std::uint64_t* pages) const {
  if (pages != nullptr) *pages = 0;
  if ((node.flags & Node::kInOverflow) == 0) return node.data;
  const std::uint64_t first = Reader(node.data).u64();
  const auto start = bytes_of(meta, first, 1);
  if (!start) return std::unexpected(start.error());
  const Header header = read_header(*start);
  if (header.number != first || header.flags != kOverflow) {
    return std::unexpected(fault_at(first, "it is not the overflow page that it should be"));
  }
  const auto all = bytes_of(meta, first, header.pages());
  if (!all) return std::unexpected(all.error());
  if (kHeaderBytes + node.data_bytes > all->size()) {
    return std::unexpected(fault_at(first, "its value is longer than its pages"));
  }
  if (pages != nullptr) *pages = header.pages();
  return all->subspan(kHeaderBytes, node.data_bytes);
}

std::expected<std::optional<Node>, Fault> PageFile::find(const Meta& meta, const Tree& tree, ByteView key) const {
  std::uint64_t number = tree.root;
  if (number == kNoPage) return std::optional<Node>{};
  for (std::size_t depth = 0; depth < kMaxDepth; ++depth) {
    const auto at = page(meta, number);
    if (!at) return std::unexpected(at.error());
    if (at->nodes.empty()) return std::unexpected(fault_at(number, "it is empty"));
    const auto first = at->is_leaf ? at->nodes.begin() : std::next(at->nodes.begin());
    const auto after = std::partition_point(
        first, at->nodes.end(), [&](const Node& node) { return !std::ranges::lexicographical_compare(key, node.key); });
    if (!at->is_leaf) {
      number = std::prev(after)->child;
      continue;
    }
    if (after == at->nodes.begin() || !std::ranges::equal(std::prev(after)->key, key)) return std::optional<Node>{};
    return std::optional<Node>(*std::prev(after));
  }
  return std::unexpected(fault_at(number, "its tree is too deep"));
}

}  // namespace breakwater::lmdb

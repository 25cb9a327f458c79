#include "tests/damage/file_map.hpp"

#include <algorithm>

#include "replication/assert.hpp"
#include "store/lmdb_pages.hpp"

namespace breakwater::damage {

namespace {

using namespace lmdb;

constexpr std::string_view kNames[kAreas] = {"meta page",     "page header", "node offsets",        "node header",
                                             "key",           "value",       "overflow header",     "overflow value",
                                             "gap in a page", "free page",   "beyond the last page"};

class Mapping {
 public:
  explicit Mapping(ByteView file)
      : bytes_(file), file_(PageFile::open(file).value()), areas_(file.size(), Area::beyond) {
    const Meta& meta = file_.newest();
    mark(0, 2 * meta.page_bytes, Area::meta_page);
    mark(2 * meta.page_bytes, (meta.last_page + 1) * meta.page_bytes, Area::free_page);
    tree(meta.main.root);
    tree(meta.free.root);
  }
  std::vector<Area> take() { return std::move(areas_); }

 private:
  void mark(std::size_t from, std::size_t to, Area area) {
    std::fill(areas_.begin() + static_cast<std::ptrdiff_t>(from), areas_.begin() + static_cast<std::ptrdiff_t>(to),
              area);
  }
  void mark(ByteView part, Area area) {
    const auto at = static_cast<std::size_t>(part.data() - bytes_.data());
    mark(at, at + part.size(), area);
  }

  void tree(std::uint64_t root) {
    if (root == kNoPage) return;
    const Meta& meta = file_.newest();
    const Page page = file_.page(meta, root).value();
    const std::size_t at = root * meta.page_bytes;
    mark(at, at + meta.page_bytes, Area::gap);
    mark(at, at + 16, Area::page_header);
    mark(at + 16, at + 16 + 2 * page.nodes.size(), Area::node_offsets);
    for (const Node& node : page.nodes) {
      const auto key = static_cast<std::size_t>(node.key.data() - bytes_.data());
      mark(key - 8, key, Area::node_header);
      mark(node.key, Area::key);
      if (!page.is_leaf) {
        tree(node.child);
        continue;
      }
      mark(node.data, Area::value);
      if ((node.flags & Node::kIsTree) != 0) {
        Reader in(node.data);
        tree(read_tree(in).root);
      }
      if ((node.flags & Node::kInOverflow) == 0) continue;
      std::uint64_t pages = 0;
      const ByteView value = file_.value(meta, node, &pages).value();
      const std::size_t first = Reader(node.data).u64() * meta.page_bytes;
      mark(first, first + pages * meta.page_bytes, Area::gap);
      mark(first, first + 16, Area::overflow_header);
      mark(value, Area::overflow_value);
    }
  }

  ByteView bytes_;
  PageFile file_;
  std::vector<Area> areas_;
};

}  // namespace

std::string_view name_of(Area area) { return kNames[static_cast<std::size_t>(area)]; }
std::vector<Area> map_of(ByteView file) { return Mapping(file).take(); }

}  // namespace breakwater::damage

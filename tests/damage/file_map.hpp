// What each byte of a store's file is for.
#pragma once

#include <string_view>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater::damage {

enum class Area : std::uint8_t {
  meta_page,
  page_header,
  node_offsets,
  node_header,
  key,
  value,  // its checksum included
  overflow_header,
  overflow_value,
  gap,  // between the offsets and the nodes of a page, and the padding of a node
  free_page,
  beyond,  // LMDB's last page
};
inline constexpr std::size_t kAreas = 11;
std::string_view name_of(Area area);

// The caller guarantees that the file is sound.
std::vector<Area> map_of(ByteView file);

}  // namespace breakwater::damage

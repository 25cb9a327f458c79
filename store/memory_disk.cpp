#include "store/memory_disk.hpp"

namespace breakwater {

std::expected<void, StoreError> MemoryDisk::commit(std::span<const Record> records) {
  if (commits_left_) {
    if (*commits_left_ == 0) return std::unexpected(StoreError{"memory: the injected commit failure"});
    --*commits_left_;
  }
  for (const Record& record : records) {
    if (record.value) {
      rows(record.table)[record.key] = *record.value;
    } else {
      rows(record.table).erase(record.key);
    }
  }
  return {};
}

std::expected<std::optional<Bytes>, StoreError> MemoryDisk::get(Table table, ByteView key) const {
  const auto it = rows(table).find(Bytes(key.begin(), key.end()));
  return it == rows(table).end() ? std::optional<Bytes>{} : std::optional<Bytes>(it->second);
}

std::expected<void, StoreError> MemoryDisk::scan(Table table, ByteView from,
                                                 const std::function<bool(ByteView key, ByteView value)>& visit) const {
  for (auto it = rows(table).lower_bound(Bytes(from.begin(), from.end())); it != rows(table).end(); ++it) {
    if (!visit(it->first, it->second)) break;
  }
  return {};
}

std::expected<std::optional<Bytes>, StoreError> MemoryDisk::last_key(Table table) const {
  return rows(table).empty() ? std::optional<Bytes>{} : std::optional<Bytes>(rows(table).rbegin()->first);
}

bool MemoryDisk::damage(Table table, ByteView key, std::size_t byte_index, std::uint8_t mask) {
  const auto it = rows(table).find(Bytes(key.begin(), key.end()));
  if (it == rows(table).end() || byte_index >= it->second.size()) return false;
  it->second[byte_index] ^= mask;
  return true;
}

void MemoryDisk::wipe() {
  for (Rows& table : tables_) table.clear();
}

}  // namespace breakwater

#include "store/memory_disk.hpp"

namespace breakwater {

void MemoryDisk::visit_rows(const Rows& rows, ByteView from,
                            const std::function<bool(ByteView key, ByteView value)>& visit) {
  for (auto it = rows.lower_bound(Bytes(from.begin(), from.end())); it != rows.end(); ++it) {
    if (!visit(it->first, *it->second)) return;
  }
}

MemoryDisk::MemoryDisk() {
  for (std::shared_ptr<Rows>& table : tables_) table = std::make_shared<Rows>();
}

MemoryDisk::Rows& MemoryDisk::rows(Table table) {
  std::shared_ptr<Rows>& rows = tables_[static_cast<std::size_t>(table)];
  if (rows.use_count() > 1) rows = std::make_shared<Rows>(*rows);
  return *rows;
}

class MemoryDisk::Frozen final : public FrozenDisk {
 public:
  explicit Frozen(const MemoryDisk& disk) {
    for (std::size_t t = 0; t < kTableCount; ++t) tables_[t] = disk.tables_[t];
  }
  std::expected<bool, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const override {
    visit_rows(*tables_[static_cast<std::size_t>(table)], from, visit);
    return true;
  }

 private:
  std::array<std::shared_ptr<const Rows>, kTableCount> tables_;
};

std::expected<std::unique_ptr<FrozenDisk>, StoreError> MemoryDisk::freeze() { return std::make_unique<Frozen>(*this); }

std::expected<void, StoreError> MemoryDisk::commit(std::span<const Record> records) {
  if (full_) return std::unexpected(StoreError{"memory: full", true});
  if (commits_left_) {
    if (*commits_left_ == 0) return std::unexpected(StoreError{"memory: the injected commit failure"});
    --*commits_left_;
  }
  for (const Record& record : records) {
    if (record.value) {
      rows(record.table)[record.key] = std::make_shared<const Bytes>(*record.value);
    } else {
      rows(record.table).erase(record.key);
    }
  }
  return {};
}

std::expected<std::optional<Bytes>, StoreError> MemoryDisk::get(Table table, ByteView key) const {
  const auto it = rows(table).find(Bytes(key.begin(), key.end()));
  return it == rows(table).end() ? std::optional<Bytes>{} : std::optional<Bytes>(*it->second);
}

std::expected<void, StoreError> MemoryDisk::scan(Table table, ByteView from,
                                                 const std::function<bool(ByteView key, ByteView value)>& visit) const {
  visit_rows(rows(table), from, visit);
  return {};
}

std::expected<void, StoreError> MemoryDisk::find_replaced(
    std::span<const Record> records, const std::function<void(const Record& record, ByteView before)>& visit) const {
  for (const Record& record : records) {
    const auto before = rows(record.table).find(record.key);
    if (before != rows(record.table).end()) visit(record, *before->second);
  }
  return {};
}

std::expected<std::optional<Bytes>, StoreError> MemoryDisk::last_key(Table table) const {
  return rows(table).empty() ? std::optional<Bytes>{} : std::optional<Bytes>(rows(table).rbegin()->first);
}

bool MemoryDisk::damage(Table table, ByteView key, std::size_t byte_index, std::uint8_t mask) {
  const auto it = rows(table).find(Bytes(key.begin(), key.end()));
  if (it == rows(table).end() || byte_index >= it->second->size()) return false;
  Bytes damaged = *it->second;
  damaged[byte_index] ^= mask;
  it->second = std::make_shared<const Bytes>(std::move(damaged));
  return true;
}

std::size_t MemoryDisk::size() const {
  std::size_t values = 0;
  for (const auto& table : tables_) values += table->size();
  return values;
}

std::optional<std::pair<Table, Bytes>> MemoryDisk::key_at(std::size_t k) const {
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const Rows& table = *tables_[t];
    if (k < table.size()) {
      return std::pair(static_cast<Table>(t), std::next(table.begin(), static_cast<std::ptrdiff_t>(k))->first);
    }
    k -= table.size();
  }
  return std::nullopt;
}

void MemoryDisk::wipe() {
  for (std::shared_ptr<Rows>& table : tables_) table = std::make_shared<Rows>();
  full_ = false;
}

}  // namespace breakwater

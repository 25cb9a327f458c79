// A disk in memory, for the simulator, tests and measurements: the same sealed bytes, with faults on demand.
#pragma once

#include <array>
#include <map>

#include "store/disk.hpp"

namespace breakwater {

// Survives a simulated restart: keep the object, drop the replica. One thread.
class MemoryDisk final : public Disk {
 public:
  MemoryDisk();

  std::expected<void, StoreError> commit(std::span<const Record> records) override;
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const override;
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const override;
  std::expected<void, StoreError> find_replaced(
      std::span<const Record> records,
      const std::function<void(const Record& record, ByteView before)>& visit) const override;
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const override;
  std::expected<std::unique_ptr<FrozenDisk>, StoreError> freeze() override;
  std::string where() const override { return "memory"; }

  // The k-th commit from now on (0: the next) fails, and all after it.
  void fail_commit(std::uint64_t k) { commits_left_ = k; }
  // While it is full, commits find no room.
  void set_full(bool full) { full_ = full; }
  bool is_full() const { return full_; }
  // Flips the bits of `mask` in one byte of a stored value. False when there is no such byte.
  bool damage(Table table, ByteView key, std::size_t byte_index, std::uint8_t mask);
  // A stored record vanishes.
  void lose(Table table, ByteView key) { rows(table).erase(Bytes(key.begin(), key.end())); }
  void wipe();  // a new disk in its place, with room
  // The k-th stored value of all, tables in order; for choosing one. Nothing beyond the last.
  std::optional<std::pair<Table, Bytes>> key_at(std::size_t k) const;
  std::size_t size() const;

 private:
  // Values are shared with frozen ones for good, so that a write after a freeze() copies a table's keys alone.
  using Rows = std::map<Bytes, std::shared_ptr<const Bytes>>;
  class Frozen;
  const Rows& rows(Table table) const { return *tables_[static_cast<std::size_t>(table)]; }
  Rows& rows(Table table);
  static void visit_rows(const Rows& rows, ByteView from,
                         const std::function<bool(ByteView key, ByteView value)>& visit);
  std::array<std::shared_ptr<Rows>, kTableCount> tables_;  // shared with frozen ones until the next write
  std::optional<std::uint64_t> commits_left_;
  bool full_ = false;
};

}  // namespace breakwater

// What durability needs of a disk: ordered tables and synced transactions. LMDB in production
// (store/lmdb_disk.hpp), memory in the simulator.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "replication/engine.hpp"

namespace breakwater {

// A failure of the environment, in one line that names the file and the mend.
struct StoreError {
  std::string message;
  // Of a commit: the disk is full, or the store as large as it may be. Nothing was changed and nothing synced; the same
  // transaction may be tried again, and no other before it.
  bool no_room = false;
};

// The tables as they were at one moment, for reading them piece by piece while commits go on. Whoever holds many of
// them, or one for long, makes the disk keep what later commits replace.
class FrozenDisk {
 public:
  virtual ~FrozenDisk() = default;
  // As Disk::scan. False: the disk had to let go of it (it grew), and it shows nothing any more.
  virtual std::expected<bool, StoreError> scan(
      Table table, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit) const = 0;
};

// Raw key-value tables. One writer thread. Keys order as bytes. Values are opaque here; store/layout.hpp seals them.
class Disk {
 public:
  virtual ~Disk() = default;
  // All or nothing, and synced when it returns. Whether there is room shows before anything is written. After any other
  // error nothing more may be committed: fail-stop.
  virtual std::expected<void, StoreError> commit(std::span<const Record> records) = 0;
  virtual std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const = 0;
  // In key order from `from` on; `visit` returns false to stop. The views die with the call.
  virtual std::expected<void, StoreError> scan(
      Table table, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit) const = 0;
  // What a commit of `records` would replace or erase: the record, and the value that is under its key. The caller
  // guarantees that they are sorted by table and key.
  virtual std::expected<void, StoreError> find_replaced(
      std::span<const Record> records,
      const std::function<void(const Record& record, ByteView before)>& visit) const = 0;
  virtual std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const = 0;
  // What the last commit left. Must not outlive the disk.
  virtual std::expected<std::unique_ptr<FrozenDisk>, StoreError> freeze() = 0;
  // For messages: the directory, or what stands for it.
  virtual std::string where() const = 0;
};

}  // namespace breakwater

// LMDB behind the Disk interface.
#pragma once

#include <filesystem>
#include <memory>

#include "store/disk.hpp"
#include "store/salvage.hpp"

namespace breakwater {

enum class OpenMode { read_write, read_only };

// How large a store is, and may become.
struct StoreSize {
  std::size_t initial_map_bytes = std::size_t{1} << 30;
  std::size_t max_map_bytes = std::size_t{1} << 40;
};

// One environment per process and directory, never across fork. LMDB's default (synced) durability: no NOSYNC,
// MAPASYNC, WRITEMAP or NOMETASYNC. The map is address space: it starts at its initial size and is grown between
// transactions when it fills, up to its maximum. Space on the disk is taken ahead of each transaction, as much as that
// can need. On a full disk the map shrinks to what the file has, so that LMDB itself refuses, before it writes, what
// does not fit; the commit then finds no room. Any other failure of a commit marks the store as doubtful
// (store/salvage.hpp). Pages that were read are let go of now and then, so that a process does not grow with its store.
// A second read-write opener of one directory is refused (an advisory lock on the directory held
// for life).
class LmdbDisk final : public Disk {
 public:
  static std::expected<std::unique_ptr<LmdbDisk>, StoreError> open(const std::filesystem::path& directory,
                                                                   OpenMode mode, StoreSize size = {});
  ~LmdbDisk() override;

  std::expected<void, StoreError> commit(std::span<const Record> records) override;
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const override;
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const override;
  std::expected<void, StoreError> find_replaced(
      std::span<const Record> records,
      const std::function<void(const Record& record, ByteView before)>& visit) const override;
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const override;
  std::expected<std::unique_ptr<FrozenDisk>, StoreError> freeze() override;
  std::string where() const override;
  // What was copied at opening, after a failed sync.
  const std::optional<Salvaged>& salvaged() const;

 private:
  struct Environment;
  class Frozen;
  explicit LmdbDisk(std::unique_ptr<Environment> environment);
  std::unique_ptr<Environment> environment_;
};

}  // namespace breakwater

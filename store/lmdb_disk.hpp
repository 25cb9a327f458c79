// LMDB behind the Disk interface.
#pragma once

#include <filesystem>
#include <memory>

#include "store/disk.hpp"

namespace breakwater {

enum class OpenMode { read_write, read_only };

// One environment per process and directory, never across fork. LMDB's default (synced) durability: no NOSYNC,
// MAPASYNC, WRITEMAP or NOMETASYNC. The map starts at `kInitialMapBytes` and is grown between transactions when it
// fills. A second read-write opener of one directory is refused (an advisory lock on the directory held for life).
class LmdbDisk final : public Disk {
 public:
  static constexpr std::size_t kInitialMapBytes = std::size_t{1} << 30;
  static std::expected<std::unique_ptr<LmdbDisk>, StoreError> open(const std::filesystem::path& directory,
                                                                   OpenMode mode,
                                                                   std::size_t initial_map_bytes = kInitialMapBytes);
  ~LmdbDisk() override;

  std::expected<void, StoreError> commit(std::span<const Record> records) override;
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const override;
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const override;
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const override;
  std::expected<std::unique_ptr<FrozenDisk>, StoreError> freeze() override;
  std::string where() const override;

 private:
  struct Environment;
  class Frozen;
  explicit LmdbDisk(std::unique_ptr<Environment> environment);
  std::unique_ptr<Environment> environment_;
};

}  // namespace breakwater

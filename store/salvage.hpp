// What becomes of a store after a sync of it failed.
#pragma once

#include <filesystem>
#include <optional>

#include "store/disk.hpp"

namespace breakwater {

// After a sync that failed, the page cache may show what the disk does not have, and say that it is written. The store
// is marked with a file beside its directory, and the next process that opens it copies what the disk really holds into
// a fresh, synced file before it votes. The mark needs to outlive no more than the page cache does.
std::filesystem::path doubt_mark(const std::filesystem::path& directory);
// False when it could not be written: then the machine must be restarted before this store is used again.
bool mark_doubtful(const std::filesystem::path& directory);

// What was copied.
struct Salvaged {
  std::size_t bytes = 0;
  std::size_t values = 0;
};
// Copies data.mdb if it is marked, or if a sync of it fails now (somebody's write did, and nobody was told). Whole
// after a crash at any step: until the fresh file is in its place, mark and old file stay. Nothing: there was no need.
// The caller guarantees that nobody else has the store open for writing. The error says what is wrong with the copy, or
// with the disk.
std::expected<std::optional<Salvaged>, StoreError> salvage_if_doubtful(const std::filesystem::path& directory);

}  // namespace breakwater

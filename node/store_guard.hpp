// Before a replica trusts its store: a process apart looks at every byte of it that counts.
#pragma once

#include <filesystem>
#include <functional>

#include "store/disk.hpp"
#include "store/lmdb_check.hpp"

namespace breakwater {

struct GuardVerdict {
  FileCheck check;
  bool exists = false;  // there is a store's file at all
};

// Checks the file of the store in `directory` (store/lmdb_check.hpp) in a child process: whatever that meets, an
// unreadable sector included, ends it and not the caller, and counts as damage. Refuses a store that a process has
// open, and keeps others out while it reads. `give_up` is asked now and then; true kills the child. No LMDB environment
// of this process may be open. One thread: it forks.
std::expected<GuardVerdict, StoreError> check_apart(const std::filesystem::path& directory,
                                                    const std::function<bool()>& give_up);

// The same, for a process that is alone anyway.
std::expected<GuardVerdict, StoreError> check_here(const std::filesystem::path& directory);

}  // namespace breakwater

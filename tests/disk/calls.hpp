// Every call that changes or syncs a data.mdb, LMDB's own and ours: recorded, and failed on demand. This program's
// pwrite(), writev(), fdatasync(), fsync() and fallocate() stand before the C library's, in liblmdb too.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace breakwater::disk_tests {

struct DiskCall {
  enum class Kind : std::uint8_t { write, sync, allocate } kind;
  std::uint64_t offset = 0, length = 0;
  std::vector<std::uint8_t> data;  // of a write
  bool is_synced = false;          // a write through O_DSYNC: on the disk when it returns
};

// Called before each; an errno to fail with, nothing done, or 0. Null: every call goes through. One thread.
extern std::function<int(DiskCall call)> on_disk_call;

}  // namespace breakwater::disk_tests

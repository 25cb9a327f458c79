#include "tests/disk/calls.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace breakwater::disk_tests {

std::function<int(DiskCall call)> on_disk_call;

namespace {

bool is_watched(int fd) {
  if (!on_disk_call) return false;
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
  return size > 0 && std::string_view(path.data(), static_cast<std::size_t>(size)).ends_with("/data.mdb");
}

// True when the call is to fail.
bool fails(int fd, DiskCall call) {
  if (!is_watched(fd)) return false;
  call.is_synced = (::fcntl(fd, F_GETFL) & O_DSYNC) != 0;
  const int error = on_disk_call(std::move(call));
  if (error != 0) errno = error;
  return error != 0;
}

}  // namespace
}  // namespace breakwater::disk_tests

using breakwater::disk_tests::DiskCall;
using breakwater::disk_tests::fails;

extern "C" {

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  if (fails(fd, {DiskCall::Kind::write, static_cast<std::uint64_t>(offset), size, {bytes, bytes + size}})) return -1;
  return ::syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  DiskCall call{DiskCall::Kind::write, static_cast<std::uint64_t>(::lseek(fd, 0, SEEK_CUR)), 0, {}};
  for (int i = 0; i < count; ++i) {
    const auto* bytes = static_cast<const std::uint8_t*>(parts[i].iov_base);
    call.data.insert(call.data.end(), bytes, bytes + parts[i].iov_len);
  }
  call.length = call.data.size();
  if (fails(fd, std::move(call))) return -1;
  return ::syscall(SYS_writev, fd, parts, count);
}

int fdatasync(int fd) {
  if (fails(fd, {DiskCall::Kind::sync, 0, 0, {}})) return -1;
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int fsync(int fd) {
  if (fails(fd, {DiskCall::Kind::sync, 0, 0, {}})) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  if (fails(fd, {DiskCall::Kind::allocate, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size), {}}))
    return -1;
  return static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, size));
}
}

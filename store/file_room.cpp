#include "store/file_room.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace breakwater {

namespace {
bool says_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }
}  // namespace

FileRoom::FileRoom(int file)
    : file_(file), bytes_(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END)))) {}

std::expected<bool, int> FileRoom::reach(std::size_t bytes) {
  while (bytes_ < bytes) {
    const std::expected<bool, int> taken = take_step();
    if (!taken || !*taken) return taken;
  }
  return true;
}

// The space first, then zeros into it: a later write into space that was only set aside would cost the file system as
// much as one that extends the file. Where the file system sets nothing aside, the zeros take the space.
std::expected<bool, int> FileRoom::take_step() {
  static const std::vector<char> zeros(kStep);
  int error = 0;
  do {
    error = ::fallocate(file_, 0, static_cast<off_t>(bytes_), static_cast<off_t>(kStep)) == 0 ? 0 : errno;
  } while (error == EINTR);
  if (says_full(error)) return false;
  if (error != 0 && error != EOPNOTSUPP && error != ENOSYS) return std::unexpected(error);
  std::size_t done = 0;
  while (done < kStep) {
    const ssize_t written = ::pwrite(file_, zeros.data() + done, kStep - done, static_cast<off_t>(bytes_ + done));
    if (written > 0) done += static_cast<std::size_t>(written);
    else if (written == 0 || says_full(errno)) return false;
    else if (errno != EINTR) return std::unexpected(errno);
  }
  bytes_ += kStep;
  return true;
}

}  // namespace breakwater

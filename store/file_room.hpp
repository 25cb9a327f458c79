// Space for a file, taken before it is needed.
#pragma once

#include <cstddef>
#include <expected>

namespace breakwater {

// The file is kept longer than what it holds, filled with zeros: whoever writes within its length needs no more space,
// and a full disk shows here, before anything is written that counts. One thread.
class FileRoom {
 public:
  static constexpr std::size_t kStep = std::size_t{1} << 20;

  FileRoom() = default;
  // `file` must stay open as long as this lives.
  explicit FileRoom(int file);
  std::size_t bytes() const { return bytes_; }
  // Makes the file at least this long, a step at a time. False: the disk, or its user's quota, is full, and some of the
  // steps may have been taken. An error is the errno of anything else.
  std::expected<bool, int> reach(std::size_t bytes);

 private:
  std::expected<bool, int> take_step();

  int file_ = -1;
  std::size_t bytes_ = 0;
};

}  // namespace breakwater

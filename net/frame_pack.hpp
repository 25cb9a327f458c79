// Several frames in one part of ZeroMQ: each part costs a hand-over to the I/O thread, an encryption and a system call,
// however small it is. Pure functions; any thread.
#pragma once

#include <optional>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater {

// Layout, per frame: length u32 | zero u32 | the frame | zeros up to a multiple of 8. So each frame lies as its decoder
// reads it in place, and there is one pack for one list of frames.
inline constexpr std::size_t kPackHeaderBytes = 8;
inline constexpr std::size_t kMaxFramesPerPack = 256;
inline constexpr std::size_t kMaxPackedBytes = 256 * 1024;  // of a pack of several

// Collects frames until they are sent together.
class FramePack {
 public:
  // `max_bytes`: the receiver's limit, if it is less.
  explicit FramePack(std::int64_t max_bytes);

  // Frames may be added while this holds; the first fits always.
  bool has_room(ByteView frame) const;
  // The caller guarantees that the frame is not empty, and has_room().
  void add(ByteView frame);
  bool empty() const { return frames_ == 0; }
  std::size_t frames() const { return frames_; }
  ByteView bytes() const { return bytes_; }
  void clear();

 private:
  std::size_t max_bytes_;
  Bytes bytes_;
  std::size_t frames_ = 0;
};

// The frames of a part, in order, as views into it; nothing when it is not exactly one pack.
std::optional<std::vector<ByteView>> unpack_frames(ByteView part);

}  // namespace breakwater

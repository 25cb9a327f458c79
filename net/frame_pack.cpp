#include "net/frame_pack.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kAlignment = 8;

constexpr std::size_t padded(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// Little-endian, as everything on the wire.
std::uint32_t read_u32(ByteView bytes) {
  return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
         static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

FramePack::FramePack(std::int64_t max_bytes)
    : max_bytes_(std::min(kMaxPackedBytes, static_cast<std::size_t>(std::max<std::int64_t>(max_bytes, 0)))) {}

bool FramePack::has_room(ByteView frame) const {
  if (frames_ == 0) return true;
  return frames_ < kMaxFramesPerPack && bytes_.size() + kPackHeaderBytes + padded(frame.size()) <= max_bytes_;
}

void FramePack::add(ByteView frame) {
  BW_ASSERT(!frame.empty() && has_room(frame) && frame.size() <= UINT32_MAX);
  for (std::size_t i = 0; i < 4; ++i) bytes_.push_back(static_cast<std::uint8_t>(frame.size() >> (8 * i)));
  bytes_.resize(bytes_.size() + kPackHeaderBytes - 4);
  bytes_.insert(bytes_.end(), frame.begin(), frame.end());
  bytes_.resize(bytes_.size() + padded(frame.size()) - frame.size());
  ++frames_;
}

void FramePack::clear() {
  bytes_.clear();
  frames_ = 0;
}

std::optional<std::vector<ByteView>> unpack_frames(ByteView part) {
  std::vector<ByteView> frames;
  while (!part.empty()) {
    if (part.size() < kPackHeaderBytes || frames.size() == kMaxFramesPerPack) return std::nullopt;
    const std::size_t size = read_u32(part);
    if (size == 0 || !all_zero(part.subspan(4, 4))) return std::nullopt;
    part = part.subspan(kPackHeaderBytes);
    if (padded(size) > part.size() || !all_zero(part.subspan(size, padded(size) - size))) return std::nullopt;
    frames.push_back(part.first(size));
    part = part.subspan(padded(size));
  }
  if (frames.empty()) return std::nullopt;
  return frames;
}

}  // namespace breakwater

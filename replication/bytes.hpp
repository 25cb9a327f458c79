// Byte strings, fixed-size byte types and the canonical little-endian layout.
//
// Everything that is signed, hashed or stored uses this layout; what crosses a socket is framed by the
// FlatBuffers schema in net/ (docs/adr/0002-two-encodings.md).
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// A value of exactly N bytes. The tag keeps a digest from being passed as a key.
template <class Tag, std::size_t N>
struct FixedBytes {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> bytes{};

  auto operator<=>(const FixedBytes&) const = default;
  ByteView view() const { return bytes; }
  bool is_zero() const { return *this == FixedBytes{}; }

  // Nothing unless `from` has exactly N bytes.
  static std::optional<FixedBytes> from(ByteView from) {
    if (from.size() != N) return std::nullopt;
    FixedBytes out;
    std::memcpy(out.bytes.data(), from.data(), N);
    return out;
  }
};

using Digest = FixedBytes<struct DigestTag, 32>;
using Signature = FixedBytes<struct SignatureTag, 64>;
using PublicKey = FixedBytes<struct PublicKeyTag, 32>;

// Lower-case hexadecimal; `from_hex` takes either case and nothing else.
std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// To little-endian order in memory, and back.
template <class U>
constexpr U swapped_on_big_endian(U v) {
  return std::endian::native == std::endian::little ? v : std::byteswap(v);
}

// Appends to a byte string it owns. Integers are little-endian; `blob` is a u32 length and the bytes.
class Writer {
 public:
  Writer& u8(std::uint8_t v) { return little_endian(v); }
  Writer& u16(std::uint16_t v) { return little_endian(v); }
  Writer& u32(std::uint32_t v) { return little_endian(v); }
  Writer& u64(std::uint64_t v) { return little_endian(v); }
  // Big-endian, so that the order of the bytes is the order of the numbers: for keys.
  Writer& ordered_u64(std::uint64_t v) { return u64(__builtin_bswap64(v)); }
  Writer& raw(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& blob(ByteView bytes) { return u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes); }
  Writer& text(std::string_view text) { return blob(as_bytes(text)); }
  template <class Tag, std::size_t N>
  Writer& fixed(const FixedBytes<Tag, N>& value) {
    return raw(value.view());
  }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  std::size_t size() const { return out_.size(); }
  Bytes take() { return std::move(out_); }
  const Bytes& bytes() const { return out_; }

 private:
  template <class U>
  Writer& little_endian(U v) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof(U));
    v = swapped_on_big_endian(v);
    std::memcpy(out_.data() + at, &v, sizeof(U));
    return *this;
  }
  Bytes out_;
};

// Reads hostile bytes. A read beyond the end returns zero or nothing and latches failure; callers read a whole
// structure, then ask `finished()` once: true only if nothing failed and no byte is left over.
// The viewed bytes must outlive the reader and every view taken from it.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return little_endian<std::uint8_t>(); }
  std::uint16_t u16() { return little_endian<std::uint16_t>(); }
  std::uint32_t u32() { return little_endian<std::uint32_t>(); }
  std::uint64_t u64() { return little_endian<std::uint64_t>(); }
  std::uint64_t ordered_u64() { return __builtin_bswap64(u64()); }
  ByteView raw(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    ByteView out = rest_.first(size);
    rest_ = rest_.subspan(size);
    return out;
  }
  // At most `max` bytes: a longer length is a failure, so no hostile length is ever allocated.
  ByteView blob(std::size_t max) {
    const std::uint32_t size = u32();
    if (size > max) failed_ = true;
    return raw(size);
  }
  std::string text(std::size_t max) { return std::string(as_text(blob(max))); }
  // A count of items of at least `item_bytes` each: refused when the remaining bytes cannot hold them.
  std::uint32_t count(std::size_t max, std::size_t item_bytes) {
    const std::uint32_t n = u32();
    if (n > max || n * static_cast<std::uint64_t>(item_bytes) > rest_.size()) {
      failed_ = true;
      return 0;
    }
    return failed_ ? 0 : n;
  }
  template <class Fixed>
  Fixed fixed() {
    return Fixed::from(raw(Fixed::kSize)).value_or(Fixed{});
  }
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool finished() const { return !failed_ && rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }

 private:
  template <class U>
  U little_endian() {
    const ByteView bytes = raw(sizeof(U));
    if (bytes.empty()) return 0;
    U v;
    std::memcpy(&v, bytes.data(), sizeof(U));
    return swapped_on_big_endian(v);
  }
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace breakwater

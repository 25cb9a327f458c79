#include "crypto/digest.hpp"

#include <sodium.h>

#include "replication/assert.hpp"

namespace breakwater {

static_assert(Digest::kSize == crypto_generichash_BYTES);

namespace {

// BLAKE2b-256 over parts. Inputs never fail: the only errors of the library are wrong sizes, which are constants.
class Hasher {
 public:
  // Starts with the domain, length first, so that no domain is a prefix of another.
  explicit Hasher(std::string_view domain) {
    BW_ASSERT(domain.size() <= 255);
    crypto_generichash_init(&state_, nullptr, 0, Digest::kSize);
    const auto size = static_cast<std::uint8_t>(domain.size());
    update({&size, 1});
    update(as_bytes(domain));
  }
  void update(ByteView bytes) {
    if (!bytes.empty()) crypto_generichash_update(&state_, bytes.data(), bytes.size());
  }
  void update_prefixed(ByteView bytes) {
    std::array<std::uint8_t, 8> size{};
    for (std::size_t i = 0; i < size.size(); ++i) {
      size[i] = static_cast<std::uint8_t>(std::uint64_t{bytes.size()} >> (8 * i));
    }
    update(size);
    update(bytes);
  }
  Digest finish() {
    Digest out;
    crypto_generichash_final(&state_, out.bytes.data(), out.bytes.size());
    return out;
  }

 private:
  crypto_generichash_state state_;
};

}  // namespace

Digest hash(std::string_view domain, ByteView bytes) {
  Hasher hasher(domain);
  hasher.update(bytes);
  return hasher.finish();
}

Digest hash(std::string_view domain, ByteView first, ByteView second) {
  Hasher hasher(domain);
  hasher.update_prefixed(first);
  hasher.update(second);
  return hasher.finish();
}

std::array<std::uint8_t, 16> checksum(std::initializer_list<ByteView> parts) {
  Hasher hasher("checksum");
  for (ByteView part : parts) hasher.update_prefixed(part);
  const Digest digest = hasher.finish();
  std::array<std::uint8_t, 16> out;
  std::memcpy(out.data(), digest.bytes.data(), out.size());
  return out;
}

}  // namespace breakwater

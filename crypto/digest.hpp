// BLAKE2b-256 digests.
#pragma once

#include <string_view>

#include "replication/bytes.hpp"

namespace breakwater {

// The digest of `bytes` within `domain` (at most 255 bytes), so that bytes of one kind never pass for another's:
// BLAKE2b-256 over the domain's length (u8), the domain, the bytes.
// Pure; any thread; `crypto_start()` need not have run.
Digest hash(std::string_view domain, ByteView bytes);
// The same over the length of `first` (u64), `first`, `second`. A domain is used with one part or with two, never both.
Digest hash(std::string_view domain, ByteView first, ByteView second);

// The first 16 bytes of a digest over all parts, length-prefixed: the checksum of stored values.
std::array<std::uint8_t, 16> checksum(std::initializer_list<ByteView> parts);

}  // namespace breakwater

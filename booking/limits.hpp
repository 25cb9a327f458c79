// What the booking state counts in, and its bounds: docs/booking.md has them in words.
#pragma once

#include <cstddef>
#include <cstdint>

namespace breakwater::booking {

using BookingNumber = std::uint64_t;
using Token = std::uint64_t;  // a job's fencing token: 1, 2, ... in the order of its leases; 0 is never granted
using Epoch = std::uint64_t;  // of the harbor, or of one shard; each begins at 0

// Of a voyage, class, suite, shard, owner, job or candidate: 1 to 64 bytes of printable UTF-8.
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::uint32_t kMaxSuitesPerClass = 10000;
inline constexpr std::uint32_t kMaxSuitesPerVoyage = 20000;
inline constexpr std::size_t kMaxNamesPerOpen = 48;                  // of `open --names`
inline constexpr std::uint64_t kMaxTtlSeconds = 366ull * 24 * 3600;  // of a hold or a lease
// Jobs and shards that were ever named: a token or an epoch that may never be repeated may never be forgotten.
inline constexpr std::size_t kMaxJobs = 10000;
inline constexpr std::size_t kMaxShards = 10000;

}  // namespace breakwater::booking

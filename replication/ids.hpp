// Strong identifiers: a view is not a sequence number, a replica is not a client.
#pragma once

#include <compare>
#include <cstdint>

namespace breakwater {

template <class Tag, class Rep>
struct StrongId {
  Rep value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
  // The caller guarantees that the result is representable.
  constexpr StrongId next() const { return StrongId(static_cast<Rep>(value + 1)); }
  constexpr StrongId plus(Rep n) const { return StrongId(static_cast<Rep>(value + n)); }
};

using ViewNumber = StrongId<struct ViewNumberTag, std::uint64_t>;
using SequenceNumber = StrongId<struct SequenceNumberTag, std::uint64_t>;  // 0 is "before the first slot"
using ReplicaId = StrongId<struct ReplicaIdTag, std::uint32_t>;
using ClientId = StrongId<struct ClientIdTag, std::uint32_t>;
using RequestNumber = StrongId<struct RequestNumberTag, std::uint64_t>;
using Incarnation = StrongId<struct IncarnationTag, std::uint32_t>;
using PersistToken = StrongId<struct PersistTokenTag, std::uint64_t>;

// Agreed time: microseconds since the Unix epoch, as a primary proposed it. Zero: none (null requests).
using AgreedTime = StrongId<struct AgreedTimeTag, std::uint64_t>;

}  // namespace breakwater

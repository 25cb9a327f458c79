// Bounds on what peers can make an engine hold.
#pragma once

#include <cstddef>
#include <cstdint>

namespace breakwater::pbft {

inline constexpr std::size_t kMaxLogWindow = 1024;  // slots; the configured window is at most this
inline constexpr std::size_t kMaxViewChangeBodyBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxDeferredRecords = 64;     // archive records that wait for a transaction
inline constexpr std::size_t kMaxBodiesPerSlot = 8;        // journalled ones that only an old vote refers to
inline constexpr std::size_t kMaxEvidencePerAccused = 16;  // kept; more adds nothing to a conviction
inline constexpr std::size_t kTranscriptsKept = 64;        // new-views on disk: of the last so many view numbers
inline constexpr std::size_t kMaxServedSlots = 64;         // decided slots sent per answer to one status
inline constexpr std::size_t kMaxServedBodies = 8;         // batch bodies, likewise
inline constexpr std::size_t kMaxRetransmittedSlots = 32;  // undecided slots, likewise
inline constexpr std::size_t kMaxCatchUpSlots = 4096;      // decided slots buffered above a gap

}  // namespace breakwater::pbft

// Why an input was ignored. Hostile input is a value, never an exception and never an assertion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace breakwater {

// Each name is what metrics, traces and tests print.
// clang-format off: it has no stable opinion of this list.
#define BREAKWATER_REJECT_REASONS(X) \
  /* gate: before any signature is checked */ \
  X(malformed) X(oversized) X(unknown_sender) X(sender_mismatch) X(wrong_cluster) X(wrong_kind) \
  X(unexpected_message) X(not_permitted) X(partitioned) X(no_room) \
  /* authentication */ \
  X(bad_signature) X(bad_nested_signature) X(bad_carried_signature) X(digest_mismatch) \
  /* normal case */ \
  X(stale_view) X(future_view) X(view_changing) X(outside_watermarks) X(not_primary) X(from_self) \
  X(duplicate) X(already_decided) X(already_prepared) X(equivocation) X(contradicts_vote) \
  X(empty_batch) X(duplicate_request) X(time_skew) X(bad_structure) X(quarantined) \
  /* view change */ \
  X(superseded) X(bad_certificate) X(bad_view_change) X(bad_new_view) X(not_a_checkpoint) \
  /* readmission */ \
  X(unknown_incarnation) X(wrong_incarnation) \
  /* raft */ \
  X(stale_term) X(log_mismatch) X(conflicts_with_committed) X(leader_is_alive) X(already_voted) X(log_behind) \
  X(not_leader) X(bad_snapshot) \
  /* requests */ \
  X(unknown_client) X(overloaded) X(client_window_full) X(already_pending) X(already_executed) \
  /* retransmission and catch-up */ \
  X(unwanted_batch) X(unwanted_slot) X(throttled) X(bad_evidence) X(known_evidence) \
  /* state transfer */ \
  X(unwanted_chunk) X(bad_chunk)
// clang-format on

enum class RejectReason : std::uint8_t {
#define BREAKWATER_X(name) name,
  BREAKWATER_REJECT_REASONS(BREAKWATER_X)
#undef BREAKWATER_X
};

inline constexpr std::string_view kRejectReasonNames[] = {
#define BREAKWATER_X(name) #name,
    BREAKWATER_REJECT_REASONS(BREAKWATER_X)
#undef BREAKWATER_X
};
inline constexpr std::size_t kRejectReasonCount = sizeof(kRejectReasonNames) / sizeof(kRejectReasonNames[0]);

constexpr std::string_view name_of(RejectReason reason) { return kRejectReasonNames[static_cast<std::size_t>(reason)]; }

}  // namespace breakwater

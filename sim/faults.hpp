// The faults of a simulated world: what can go wrong, when, and how often it took effect.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace breakwater::sim {

enum class FaultKind : std::uint8_t {
  crash,            // `place` dies now
  restart,          // whoever is down and can start again does
  crash_at_send,    // before its `value`-th send from now, after that send's transaction
  crash_at_commit,  // with its `value`-th transaction from now, which is lost
  commit_error,     // its `value`-th transaction from now fails with an I/O error, and is lost
  sync_error,       // the same, but what was written is there after the restart
  disk_full,        // the same with no space left
  flip_bit,         // while it is down, a bit of a stored value changes, or the record vanishes: it must notice
  wipe_disk,        // it loses its store, and must stay away
  kill_all,         // all die at once, and start again
  pause,            // it stands still for `value` ms; what arrives meanwhile waits
  isolate,          // nothing reaches it, nothing leaves it
  split,            // two sides; bit `place` of `value` says which
  one_way,          // nothing from `place` reaches `other`
  clog,             // what goes from `place` to `other` waits `value` ms
  swizzle,          // every link of `place` is clogged, and opens again at a time of its own within `value` ms
  heal,             // every link carries again
  replay_old,       // the network says `value` old messages again, the oldest first
  skew_clock,       // its wall clock is off by `value` us (two's complement) from now
  freeze_clock,     // its wall clock stands still
  lying_client,     // a client signs two bodies under one number, skips ahead, or sends unsigned requests
  impersonate,      // a liar says things in the names of others, without their signatures
};
inline constexpr std::size_t kFaultKinds = 22;
inline constexpr std::array<std::string_view, kFaultKinds> kFaultNames = {
    "crash",      "restart",      "crash-at-send", "crash-at-commit", "commit-error", "sync-error",
    "disk-full",  "bit-flip",     "disk-wiped",    "kill-all",        "pause",        "isolation",
    "partition",  "one-way-link", "clog",          "swizzled-clog",   "heal",         "old-replay",
    "clock-skew", "clock-frozen", "lying-client",  "impersonation"};

// One fault at one moment of a plan. A place is a process: replica ids first, then the second copies of twins.
struct FaultEvent {
  std::uint64_t at_ms = 0;
  FaultKind kind = FaultKind::crash;
  std::uint32_t place = 0;
  std::uint32_t other = 0;
  std::uint64_t value = 0;
  bool operator==(const FaultEvent&) const = default;
};
std::string describe(const FaultEvent& event);

// Faults by name, counted when they took effect: a message that was dropped, a process that died.
using FaultCounts = std::map<std::string, std::uint64_t, std::less<>>;

}  // namespace breakwater::sim

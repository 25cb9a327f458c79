// Booking commands: types and canonical bytes. Their results are in booking/results.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "booking/limits.hpp"
#include "booking/results.hpp"
#include "replication/bytes.hpp"

namespace breakwater::booking {

// What a writer believes of itself: the command is refused as stale when it is no longer so at the moment when it is
// applied. Empty: no condition.
struct Fence {
  std::string job;
  Token token = 0;
  bool operator==(const Fence&) const = default;
};
struct Guard {
  std::optional<Fence> fence;  // holds the lease of this job
  std::optional<Epoch> epoch;  // this is the harbor's epoch
  bool operator==(const Guard&) const = default;
};

// Adds suites of one class to a voyage: `class`-1 ... `class`-N, or the given names.
struct Open {
  std::string voyage, suite_class;
  std::uint32_t suites = 0;  // N; zero when names are given
  std::vector<std::string> names;
  bool operator==(const Open&) const = default;
};
// What to take: exactly one of a suite and a class (its lowest free suite, counted as numbers).
struct Target {
  std::string voyage;
  std::optional<std::string> suite, suite_class;
  bool operator==(const Target&) const = default;
};
struct Reserve {
  Target target;
  BookingNumber booking = 0;
  Guard guard = {};
  bool operator==(const Reserve&) const = default;
};
struct Hold {
  Target target;
  BookingNumber booking = 0;
  std::uint64_t ttl_seconds = 0;
  Guard guard = {};
  bool operator==(const Hold&) const = default;
};
struct Confirm {
  BookingNumber booking = 0;
  Guard guard = {};
  bool operator==(const Confirm&) const = default;
};
struct Cancel {
  BookingNumber booking = 0;
  Guard guard = {};
  bool operator==(const Cancel&) const = default;
};
// Exactly one of a voyage (with a suite, or all of them) and a booking.
struct Show {
  std::optional<std::string> voyage, suite;
  std::optional<BookingNumber> booking;
  bool operator==(const Show&) const = default;
};

// --- the control plane (booking/control_plane.hpp has the rules)

struct AssignShard {
  std::string shard, owner;
  Epoch expect_epoch = 0;
  bool operator==(const AssignShard&) const = default;
};
struct Acquire {
  std::string job, candidate;
  std::uint64_t ttl_seconds = 0;
  bool operator==(const Acquire&) const = default;
};
struct Renew {
  std::string job;
  Token token = 0;
  std::optional<std::uint64_t> ttl_seconds;  // none: as long as the last time
  bool operator==(const Renew&) const = default;
};
struct Release {
  std::string job;
  Token token = 0;
  bool operator==(const Release&) const = default;
};
struct CheckFence {
  std::string job;
  Token token = 0;
  bool operator==(const CheckFence&) const = default;
};
struct BumpEpoch {
  Epoch expect = 0;
  bool operator==(const BumpEpoch&) const = default;
};
struct ShowShard {
  std::string shard;
  bool operator==(const ShowShard&) const = default;
};
struct ShowJob {
  std::string job;
  bool operator==(const ShowJob&) const = default;
};
struct ShowEpoch {
  bool operator==(const ShowEpoch&) const = default;
};

using Command = std::variant<Open, Reserve, Hold, Confirm, Cancel, Show, AssignShard, Acquire, Renew, Release,
                             CheckFence, BumpEpoch, ShowShard, ShowJob, ShowEpoch>;
std::string_view kind_of(const Command& command);  // as on the command line: "open", ..., "assign-shard", ...
Guard guard_of(const Command& command);            // empty for kinds that take none

// Canonical bytes. Decoding refuses unknown kinds, left-over bytes, guards of kinds that take none, and names outside
// the limits.
Bytes encode(const Command& command);
std::optional<Command> decode_command(ByteView bytes);

}  // namespace breakwater::booking

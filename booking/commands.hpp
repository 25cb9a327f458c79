// Booking commands and their results: types, canonical bytes, names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater::booking {

inline constexpr std::size_t kMaxNameBytes = 64;  // of a voyage, a class, a suite: 1 to 64 bytes of printable UTF-8
inline constexpr std::uint32_t kMaxSuitesPerClass = 10000;
inline constexpr std::uint32_t kMaxSuitesPerVoyage = 20000;
inline constexpr std::size_t kMaxNamesPerOpen = 48;  // of `open --names`
inline constexpr std::uint64_t kMaxTtlSeconds = 366ull * 24 * 3600;

using BookingNumber = std::uint64_t;

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
  bool operator==(const Reserve&) const = default;
};
struct Hold {
  Target target;
  BookingNumber booking = 0;
  std::uint64_t ttl_seconds = 0;
  bool operator==(const Hold&) const = default;
};
struct Confirm {
  BookingNumber booking = 0;
  bool operator==(const Confirm&) const = default;
};
struct Cancel {
  BookingNumber booking = 0;
  bool operator==(const Cancel&) const = default;
};
// Exactly one of a voyage (with a suite, or all of them) and a booking.
struct Show {
  std::optional<std::string> voyage, suite;
  std::optional<BookingNumber> booking;
  bool operator==(const Show&) const = default;
};

using Command = std::variant<Open, Reserve, Hold, Confirm, Cancel, Show>;
std::string_view kind_of(const Command& command);  // "open", "reserve", ...

// In the order in which the contract says the first that applies is given.
enum class Reason : std::uint8_t {
  none = 0,
  not_permitted,
  malformed,
  expired_request,
  number_reused,
  voyage_exists,
  unknown_voyage,
  unknown_suite,
  unknown_booking,
  booking_exists,
  hold_expired,
  suite_taken,
  sold_out,
  lease_held,
  stale_token,
  stale_epoch,
};
inline constexpr std::size_t kReasonCount = 16;
std::string_view name_of(Reason reason);

enum class SuiteState : std::uint8_t { free = 0, held = 1, reserved = 2, confirmed = 3 };
inline constexpr std::size_t kSuiteStateCount = 4;
std::string_view name_of(SuiteState state);

struct BookingView {  // of reserve, hold, confirm, cancel, show --booking
  BookingNumber booking = 0;
  std::string voyage, suite;
  std::optional<SuiteState> state;               // of show --booking
  std::optional<std::uint64_t> hold_expires_us;  // of a held booking: agreed time
  bool operator==(const BookingView&) const = default;
};
struct SuiteView {
  std::string suite, suite_class;
  SuiteState state = SuiteState::free;
  std::optional<BookingNumber> booking;
  bool operator==(const SuiteView&) const = default;
};
struct VoyageView {  // of show --voyage
  std::string voyage;
  std::vector<SuiteView> suites;  // by class, then by number, then by name
  bool operator==(const VoyageView&) const = default;
};
struct OpenView {
  std::string voyage, suite_class;
  std::uint32_t suites = 0;
  bool operator==(const OpenView&) const = default;
};

struct Result {
  bool accepted = false;
  Reason reason = Reason::none;  // none exactly when accepted
  std::variant<std::monostate, OpenView, BookingView, VoyageView> view;
  bool operator==(const Result&) const = default;
};

// Canonical bytes. Decoding refuses unknown kinds, left-over bytes and names outside the limits.
Bytes encode(const Command& command);
std::optional<Command> decode_command(ByteView bytes);
Bytes encode(const Result& result);
std::optional<Result> decode_result(ByteView bytes);

}  // namespace breakwater::booking

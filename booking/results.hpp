// Results of booking commands: reasons, views, canonical bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "booking/limits.hpp"
#include "replication/bytes.hpp"

namespace breakwater::booking {

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

struct OpenView {
  std::string voyage, suite_class;
  std::uint32_t suites = 0;
  bool operator==(const OpenView&) const = default;
};
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
struct ShardView {  // of assign-shard, show --shard
  std::string shard;
  std::optional<std::string> owner;  // none exactly at epoch 0: never assigned
  Epoch epoch = 0;
  bool operator==(const ShardView&) const = default;
};
struct LeaseView {
  std::string candidate;
  std::uint64_t expires_us = 0;  // agreed time
  bool operator==(const LeaseView&) const = default;
};
struct JobView {  // of acquire, renew, release, check-fence, show --job: the job as it is after the command
  std::string job;
  Token token = 0;                 // the highest that was granted; 0: none was
  std::optional<LeaseView> lease;  // while it runs
  bool operator==(const JobView&) const = default;
};
struct EpochView {  // of bump-epoch, show --epoch
  Epoch epoch = 0;
  bool operator==(const EpochView&) const = default;
};

struct Result {
  bool accepted = false;
  Reason reason = Reason::none;  // none exactly when accepted
  std::variant<std::monostate, OpenView, BookingView, VoyageView, ShardView, JobView, EpochView> view;
  bool operator==(const Result&) const = default;
};

inline Result refused(Reason reason) { return {false, reason, {}}; }
inline Result accepted(decltype(Result::view) view) { return {true, Reason::none, std::move(view)}; }

// Canonical bytes. Decoding refuses unknown views, left-over bytes and names outside the limits.
Bytes encode(const Result& result);
std::optional<Result> decode_result(ByteView bytes);

}  // namespace breakwater::booking

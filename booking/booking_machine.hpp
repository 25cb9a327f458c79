// The booking state machine: suites, bookings and holds, and who may write them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "booking/commands.hpp"
#include "booking/control_plane.hpp"
#include "booking/inventory.hpp"
#include "booking/names.hpp"
#include "replication/look_up.hpp"
#include "replication/state_machine.hpp"

namespace breakwater::booking {

// What of an expired hold is remembered, so that its number is told `hold_expired`: this many, the latest to expire.
// Older ones are unknown bookings again.
inline constexpr std::size_t kExpiredHoldsKept = 10000;

// The rules (docs/booking.md has them in words; those of leases, shards and the epoch: booking/control_plane.hpp):
// - Booking numbers are harbor-wide; a booking holds at most one suite. After `cancel`, or after its hold expired, a
//   number may reserve or hold again.
// - `open` is the operator's, all else anybody's. A class that the voyage has is `voyage_exists`; a suite name that the
//   voyage has in another class, or given twice, is `malformed`.
// - A class that the voyage does not have is `unknown_suite`.
// - A hold whose time is up (agreed time >= expiry) frees its suite before the next command is applied, whatever that
//   command is.
// - `confirm` of a confirmed booking is accepted again.
// - A stale guard is the last reason of all: it is judged when nothing else stands against the command.
// One thread. Leaves: "bc" + voyage, class: the class's suites; "bb" + number (big-endian): a booking; and those
// of the control plane.
class BookingMachine final : public StateMachine {
 public:
  Bytes apply(ByteView command, const CommandContext& context) override;
  bool only_reads(ByteView command) const override;
  Bytes read(ByteView command, const CommandContext& context) const override;
  std::vector<Bytes> take_changed() override;
  std::optional<Bytes> leaf(ByteView key) const override;
  std::size_t changes() const override { return changes_ + gone_.size(); }
  bool load_leaf(ByteView key, ByteView value) override;
  void clear() override { *this = BookingMachine(); }

  Result apply_command(const Command& command, const CommandContext& context);

  struct Occupied {
    std::string voyage, suite;
    BookingNumber booking;
    SuiteState state;
  };
  // Every suite that is not free, by voyage and suite.
  std::vector<Occupied> occupied() const;

 private:
  enum class BookingState : std::uint8_t { held = 1, reserved = 2, confirmed = 3, expired = 4 };
  enum class Change : std::uint8_t { none, created, changed };  // since the last take_changed()
  struct Booking {
    VoyageIndex voyage = 0;
    SuiteIndex suite = 0;
    BookingState state = BookingState::reserved;
    std::uint64_t expires_us = 0;  // of a hold, current or expired
    Change change = Change::none;
  };
  using ByExpiry = std::set<std::pair<std::uint64_t, BookingNumber>>;

  Result on(const Open& open, const CommandContext& context);
  Result on(const Reserve& reserve, const CommandContext& context);
  Result on(const Hold& hold, const CommandContext& context);
  Result on(const Confirm& confirm, const CommandContext& context);
  Result on(const Cancel& cancel, const CommandContext& context);
  Result on(const Show& show, const CommandContext& context) const;
  Result take(const Target& target, BookingNumber number, BookingState state, std::uint64_t expires_us, Reason stale);
  Result show_voyage(const Show& show, std::size_t room) const;
  void expire_holds(AgreedTime now);
  const Suite& suite_of(const Booking& booking) const { return inventory_.voyage(booking.voyage).suite(booking.suite); }
  BookingView view_of(BookingNumber number, const Booking& booking) const;
  void forget(BookingNumber number);
  void note_change(BookingNumber number, Booking& booking);
  void note_creation(BookingNumber number, Booking& booking);
  void sweep_noted();
  bool load_class(ByteView key, ByteView value);
  bool load_booking(ByteView key, ByteView value);

  Inventory inventory_;
  LookUp<BookingNumber, Booking> bookings_;
  ByExpiry holds_;    // current holds
  ByExpiry expired_;  // at most kExpiredHoldsKept
  ControlPlane control_;
  // Since the last take_changed(): every booking that has a Change, among others and more than once; how many have one;
  // and those that were there then and are gone.
  std::vector<BookingNumber> noted_;
  std::size_t changes_ = 0;
  std::set<BookingNumber> gone_;
  std::set<Bytes> changed_;  // other leaves
};

}  // namespace breakwater::booking

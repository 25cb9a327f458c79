// Who has which suite, by the results alone: a model apart from the booking machine, so that a fault in one shows in
// the other.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "booking/commands.hpp"
#include "replication/ids.hpp"

namespace breakwater::audit {

struct SuiteId {
  std::string voyage, suite;
  auto operator<=>(const SuiteId&) const = default;
};

// A suite that two bookings hold at once.
struct DoubleSale {
  SuiteId suite;
  std::set<booking::BookingNumber> bookings;
  bool operator==(const DoubleSale&) const = default;
};

// Fed with the accepted results of one history, in order. One thread.
class Occupancy {
 public:
  // Agreed time of the slot that follows: frees the holds that are over.
  void at_time(AgreedTime now);
  // Notes a result; the suite that it sells a second time, if it does.
  std::optional<DoubleSale> note(const booking::Command& command, const booking::Result& result);

  const std::map<SuiteId, booking::BookingNumber>& occupied() const { return occupied_; }

 private:
  void free(booking::BookingNumber booking);

  std::map<SuiteId, booking::BookingNumber> occupied_;
  std::map<booking::BookingNumber, SuiteId> suite_of_;
  std::map<booking::BookingNumber, std::uint64_t> hold_expires_us_;
};

// Suites that two histories, at the same length, gave to different bookings.
std::vector<DoubleSale> sold_differently(const Occupancy& a, const Occupancy& b);

}  // namespace breakwater::audit

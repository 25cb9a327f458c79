// The commands of a measurement: bookings that come and go, so that the state stays as large as it is.
#pragma once

#include <deque>

#include "booking/commands.hpp"

namespace breakwater::bench {

// One client's. A command's encoded bytes are `payload_bytes`, in the mean:
// - up to 72: a suite is reserved, and cancelled later; the names of voyage and class are as long as it takes (a
//   reserve of 16 bytes in the mean has 23, its cancel 9);
// - above: no booking is that large, so it is an `open` that names suites of a class which exists, the one large
//   command that changes nothing. It is refused as `voyage_exists`, and only an operator may send it.
// One thread.
class Workload {
 public:
  static constexpr std::uint32_t kLeastPayload = 15, kMostPayload = 3000;

  // The caller guarantees a payload within these limits. Bookings are numbered from `first_booking` on.
  Workload(std::uint32_t payload_bytes, booking::BookingNumber first_booking);

  // What must be executed before, by an operator.
  booking::Open preparation() const;

  struct Issued {
    Bytes command;
    std::optional<booking::BookingNumber> reserves;
  };
  Issued next();
  // A reservation was accepted: it may be cancelled.
  void reserved(booking::BookingNumber booking) { to_cancel_.push_back(booking); }
  // Is this what was to come of a command?
  bool is_expected(const booking::Result& result) const;

 private:
  bool is_large() const { return !large_.empty(); }

  std::string voyage_, suite_class_;
  Bytes large_;
  booking::BookingNumber next_booking_;
  std::deque<booking::BookingNumber> to_cancel_;
  bool cancels_next_ = false;
};

}  // namespace breakwater::bench

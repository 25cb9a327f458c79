// The booking machine's state as leaves of bytes, and back.
#include <algorithm>

#include "booking/booking_machine.hpp"

namespace breakwater::booking {

namespace {

Bytes booking_key(BookingNumber number) {
  Writer out;
  out.reserve(2 + 8);
  return out.u8('b').u8('b').ordered_u64(number).take();
}

}  // namespace

std::vector<Bytes> BookingMachine::take_changed() {
  changed_.merge(control_.take_changed());
  sweep_noted();
  std::vector<Bytes> keys(changed_.begin(), changed_.end());
  keys.reserve(changed_.size() + noted_.size() + gone_.size());
  for (const BookingNumber number : noted_) {
    bookings_.find(number)->change = Change::none;
    keys.push_back(booking_key(number));
  }
  for (const BookingNumber number : gone_) keys.push_back(booking_key(number));
  std::ranges::sort(keys);
  changed_.clear();
  noted_.clear();
  gone_.clear();
  changes_ = 0;
  return keys;
}

// "bc": the count and names of the class's suites in natural order. "bb": voyage, suite, state u8, expiry u64.
std::optional<Bytes> BookingMachine::leaf(ByteView key) const {
  if (ControlPlane::owns(key)) return control_.leaf(key);
  Reader in(key);
  in.u8();
  Writer out;
  if (in.u8() == 'c') {
    const Voyage* const voyage = inventory_.find_voyage(in.text(kMaxNameBytes));
    const std::string class_name = in.text(kMaxNameBytes);
    if (!in.finished() || voyage == nullptr) return std::nullopt;
    const SuiteClass* const suite_class = voyage->find_class(class_name);
    if (suite_class == nullptr) return std::nullopt;
    out.u32(static_cast<std::uint32_t>(suite_class->suites.size()));
    for (const SuiteIndex index : suite_class->suites) out.text(voyage->suite(index).name);
    return out.take();
  }
  const Booking* const booking = bookings_.find(in.ordered_u64());
  if (!in.finished() || booking == nullptr) return std::nullopt;
  const std::string& voyage = inventory_.voyage(booking->voyage).name();
  const std::string& suite = suite_of(*booking).name;
  out.reserve(4 + voyage.size() + 4 + suite.size() + 1 + 8);
  return out.text(voyage).text(suite).u8(static_cast<std::uint8_t>(booking->state)).u64(booking->expires_us).take();
}

bool BookingMachine::load_leaf(ByteView key, ByteView value) {
  if (ControlPlane::owns(key)) return control_.load_leaf(key, value);
  if (key.size() < 2 || key[0] != 'b') return false;
  if (key[1] == 'c') return load_class(key.subspan(2), value);
  return key[1] == 'b' && load_booking(key.subspan(2), value);
}

// Leaves come in any order: a class may come after bookings that hold its suites, and the other way round. Each side
// completes what the other left.
bool BookingMachine::load_class(ByteView key, ByteView value) {
  Reader at(key);
  const std::string voyage_name = at.text(kMaxNameBytes);
  const std::string suite_class = at.text(kMaxNameBytes);
  Reader in(value);
  const std::uint32_t count = in.count(kMaxSuitesPerClass, 5);
  if (!at.finished() || count == 0 || !is_name(voyage_name) || !is_name(suite_class)) return false;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    std::string name = in.text(kMaxNameBytes);
    // Exactly what leaf() gives back, or the root that was checked would not be this state's.
    if (!is_name(name) || (i > 0 && !NaturalLess()(names.back(), name))) return false;
    names.push_back(std::move(name));
  }
  return in.finished() && inventory_.voyage(inventory_.find_or_add(voyage_name)).add_class(suite_class, names);
}

bool BookingMachine::load_booking(ByteView key, ByteView value) {
  Reader at(key);
  const BookingNumber number = at.ordered_u64();
  Reader in(value);
  const std::string voyage_name = in.text(kMaxNameBytes);
  const std::string suite_name = in.text(kMaxNameBytes);
  const std::uint8_t state = in.u8();
  Booking booking{0, 0, static_cast<BookingState>(state), in.u64()};
  if (!at.finished() || !in.finished() || state < 1 || state > 4 || bookings_.contains(number)) return false;
  if (!is_name(voyage_name) || !is_name(suite_name)) return false;
  booking.voyage = inventory_.find_or_add(voyage_name);
  Voyage& voyage = inventory_.voyage(booking.voyage);
  booking.suite = voyage.remember_suite(suite_name);
  if (booking.state == BookingState::expired) {
    expired_.emplace(booking.expires_us, number);
  } else {
    if (voyage.suite(booking.suite).booking) return false;  // two bookings claim it
    voyage.occupy(booking.suite, number);
    if (booking.state == BookingState::held) holds_.emplace(booking.expires_us, number);
  }
  bookings_[number] = booking;
  return true;
}

}  // namespace breakwater::booking

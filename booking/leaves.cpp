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
  std::vector<Bytes> keys(changed_.begin(), changed_.end());
  keys.reserve(changed_.size() + changed_bookings_.size());
  for (const auto& [number, is_new] : changed_bookings_) keys.push_back(booking_key(number));
  std::ranges::sort(keys);
  changed_.clear();
  changed_bookings_.clear();
  return keys;
}

// "bc": the count and names of the class's suites in natural order. "bb": voyage, suite, state u8, expiry u64.
std::optional<Bytes> BookingMachine::leaf(ByteView key) const {
  if (ControlPlane::owns(key)) return control_.leaf(key);
  Reader in(key);
  in.u8();
  Writer out;
  if (in.u8() == 'c') {
    const auto voyage = voyages_.find(in.text(kMaxNameBytes));
    const std::string class_name = in.text(kMaxNameBytes);
    if (!in.finished() || voyage == voyages_.end()) return std::nullopt;
    const auto suite_class = voyage->second.classes.find(class_name);
    if (suite_class == voyage->second.classes.end()) return std::nullopt;
    const std::vector<std::string>& names = suite_class->second.suites;
    out.u32(static_cast<std::uint32_t>(names.size()));
    for (const std::string& name : names) out.text(name);
    return out.take();
  }
  const Booking* const booking = bookings_.find(in.ordered_u64());
  if (!in.finished() || booking == nullptr) return std::nullopt;
  const Booking& b = *booking;
  out.reserve(4 + b.voyage.size() + 4 + b.suite.size() + 1 + 8);
  return out.text(b.voyage).text(b.suite).u8(static_cast<std::uint8_t>(b.state)).u64(b.expires_us).take();
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
  Voyage& voyage = voyages_[voyage_name];
  const auto [place, is_new] = voyage.classes.try_emplace(suite_class);
  if (!is_new) return false;  // a second leaf of one class
  auto& [names, free] = place->second;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    const std::string name = in.text(kMaxNameBytes);
    // Exactly what leaf() gives back, or the root that was checked would not be this state's.
    if (!is_name(name) || (i > 0 && !NaturalLess()(names.back(), name))) return false;
    names.push_back(name);
    Suite& suite = voyage.suites[name];
    if (!suite.suite_class.empty()) return false;  // two classes claim it
    suite.suite_class = suite_class;
    suite.place = i;
    if (!suite.booking) free.insert(i);
  }
  return in.finished();
}

bool BookingMachine::load_booking(ByteView key, ByteView value) {
  Reader at(key);
  const BookingNumber number = at.ordered_u64();
  Reader in(value);
  Booking booking;
  booking.voyage = in.text(kMaxNameBytes);
  booking.suite = in.text(kMaxNameBytes);
  const std::uint8_t state = in.u8();
  booking.state = static_cast<BookingState>(state);
  booking.expires_us = in.u64();
  if (!at.finished() || !in.finished() || state < 1 || state > 4 || bookings_.contains(number)) return false;
  if (!is_name(booking.voyage) || !is_name(booking.suite)) return false;
  if (booking.state == BookingState::expired) {
    expired_.emplace(booking.expires_us, number);
  } else {
    Voyage& voyage = voyages_[booking.voyage];
    Suite& suite = voyage.suites[booking.suite];
    if (suite.booking) return false;  // two bookings claim it
    suite.booking = number;
    if (!suite.suite_class.empty()) voyage.classes.find(suite.suite_class)->second.free.erase(suite.place);
    if (booking.state == BookingState::held) holds_.emplace(booking.expires_us, number);
  }
  bookings_[number] = std::move(booking);
  return true;
}

}  // namespace breakwater::booking

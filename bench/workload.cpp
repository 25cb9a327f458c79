#include "bench/workload.hpp"

#include "replication/assert.hpp"

namespace breakwater::bench {

namespace {

constexpr std::uint32_t kShortestNames = 2;                         // voyage and class, a letter each
constexpr std::uint32_t kLongestName = booking::kMaxNameBytes - 6;  // of a class: a suite's has its number behind it
constexpr std::uint32_t kMostBooked = 14 + kLongestName;            // mean of reserve and cancel with the longest names

// A reserve by class has 19 bytes and its two names, a cancel 9.
std::uint32_t name_bytes(std::uint32_t payload_bytes) {
  return payload_bytes > kMostBooked ? kShortestNames : 2 * (payload_bytes - 14);
}

std::string name_of(char letter, std::size_t bytes) { return std::string(bytes, letter); }

// `open` of a class of its own name and as many suites as fill `bytes`: each has a length of four bytes before it.
Bytes open_of(const std::string& voyage, const std::string& suite_class, std::uint32_t bytes) {
  booking::Open open{voyage, suite_class, 0, {}};
  const std::size_t room = bytes - booking::encode(open).size();
  const std::size_t names = (room + booking::kMaxNameBytes + 3) / (booking::kMaxNameBytes + 4);
  for (std::size_t i = 0; i < names; ++i) {
    const std::size_t share = room / names + (i < room % names ? 1 : 0);
    std::string name = std::to_string(i);
    name.resize(share - 4, 'S');
    open.names.push_back(std::move(name));
  }
  return booking::encode(open);
}

}  // namespace

Workload::Workload(std::uint32_t payload_bytes, booking::BookingNumber first_booking)
    : voyage_(name_of('V', (name_bytes(payload_bytes) + 1) / 2)),
      suite_class_(name_of('C', name_bytes(payload_bytes) / 2)),
      next_booking_(first_booking) {
  BW_ASSERT(payload_bytes >= kLeastPayload && payload_bytes <= kMostPayload);
  if (payload_bytes > kMostBooked) large_ = open_of(voyage_, suite_class_, payload_bytes);
}

booking::Open Workload::preparation() const {
  return booking::Open{voyage_, suite_class_, booking::kMaxSuitesPerClass, {}};
}

// A cancel follows each reserve as long as there is something to cancel.
Workload::Issued Workload::next() {
  if (is_large()) return {large_, std::nullopt};
  if (cancels_next_ && !to_cancel_.empty()) {
    cancels_next_ = false;
    const booking::BookingNumber booking = to_cancel_.front();
    to_cancel_.pop_front();
    return {booking::encode(booking::Cancel{booking, {}}), std::nullopt};
  }
  cancels_next_ = true;
  const booking::BookingNumber booking = next_booking_++;
  return {booking::encode(booking::Reserve{{voyage_, std::nullopt, suite_class_}, booking, {}}), booking};
}

bool Workload::is_expected(const booking::Result& result) const {
  return is_large() ? result.reason == booking::Reason::voyage_exists : result.accepted;
}

}  // namespace breakwater::bench

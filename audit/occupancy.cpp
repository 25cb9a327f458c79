#include "audit/occupancy.hpp"

namespace breakwater::audit {

void Occupancy::at_time(AgreedTime now) {
  std::vector<booking::BookingNumber> over;
  for (const auto& [booking, expires_us] : hold_expires_us_) {
    if (expires_us <= now.value) over.push_back(booking);
  }
  for (const booking::BookingNumber booking : over) free(booking);
}

void Occupancy::free(booking::BookingNumber booking) {
  hold_expires_us_.erase(booking);
  const auto suite = suite_of_.find(booking);
  if (suite == suite_of_.end()) return;
  const auto occupant = occupied_.find(suite->second);
  if (occupant != occupied_.end() && occupant->second == booking) occupied_.erase(occupant);
  suite_of_.erase(suite);
}

std::optional<DoubleSale> Occupancy::note(const booking::Command& command, const booking::Result& result) {
  const auto* view = std::get_if<booking::BookingView>(&result.view);
  if (!result.accepted || view == nullptr) return std::nullopt;
  if (std::holds_alternative<booking::Cancel>(command)) {
    free(view->booking);
  } else if (std::holds_alternative<booking::Confirm>(command)) {
    hold_expires_us_.erase(view->booking);
  } else if (!std::holds_alternative<booking::Show>(command)) {
    const SuiteId suite{view->voyage, view->suite};
    const auto [occupant, was_free] = occupied_.emplace(suite, view->booking);
    if (!was_free && occupant->second != view->booking) return DoubleSale{suite, {occupant->second, view->booking}};
    suite_of_[view->booking] = suite;
    if (view->hold_expires_us) hold_expires_us_[view->booking] = *view->hold_expires_us;
  }
  return std::nullopt;
}

std::vector<DoubleSale> sold_differently(const Occupancy& a, const Occupancy& b) {
  std::vector<DoubleSale> out;
  for (const auto& [suite, booking] : a.occupied()) {
    const auto other = b.occupied().find(suite);
    if (other != b.occupied().end() && other->second != booking) out.push_back({suite, {booking, other->second}});
  }
  return out;
}

}  // namespace breakwater::audit

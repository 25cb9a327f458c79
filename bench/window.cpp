#include "bench/window.hpp"

#include <algorithm>
#include <cmath>

#include "bench/figure.hpp"

namespace breakwater::bench {

std::optional<std::string> why_invalid(const Window& w, const ValidityLimits& limits) {
  if (w.commands == 0) return "no command was answered";
  if (w.unanswered > 0) return std::to_string(w.unanswered) + " commands were given up without an answer";
  if (w.silent_replicas > 0) return std::to_string(w.silent_replicas) + " replicas did not report";
  if (w.first_view != w.last_view) {
    return "the view or term changed from " + std::to_string(w.first_view) + " to " + std::to_string(w.last_view);
  }
  if (w.lag_slots > limits.lag_slots) return "a replica was " + std::to_string(w.lag_slots) + " slots behind";
  if (w.refused > 0) return std::to_string(w.refused) + " commands were refused";
  if (limits.open_loop) {
    const double done = static_cast<double>(w.commands);
    if (done < (1 - limits.late_share) * w.intended_commands) {
      return "the group did not keep up: " + std::to_string(w.commands) + " answers to " +
             std::to_string(std::llround(w.intended_commands)) + " commands";
    }
  } else if (w.missing_share > limits.missing_share) {
    return "the clients did not saturate: " + percent(w.missing_share) + " of the wanted requests were not in flight";
  }
  if (!limits.is_synced) return "the temporary directory is in memory: nothing was synced";
  return std::nullopt;
}

void InFlightGauge::begin(Clock::time_point now, std::uint64_t wanted, std::uint64_t in_flight) {
  begun_ = last_ = now;
  missing_ = 0;
  wanted_ = wanted;
  in_flight_ = in_flight;
}

void InFlightGauge::changed(Clock::time_point now, std::uint64_t in_flight) {
  if (in_flight_ < wanted_) {
    missing_ += static_cast<double>(wanted_ - in_flight_) * std::chrono::duration<double>(now - last_).count();
  }
  last_ = now;
  in_flight_ = in_flight;
}

double InFlightGauge::missing_share(Clock::time_point now) {
  changed(now, in_flight_);
  const double all = static_cast<double>(wanted_) * std::chrono::duration<double>(now - begun_).count();
  return all > 0 ? missing_ / all : 0;
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

}  // namespace breakwater::bench

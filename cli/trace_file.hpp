// Booking traces: CSV with the header date,action,voyage,class,booking.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "booking/commands.hpp"

namespace breakwater::cli {

struct TraceEvent {
  booking::Command command;
  std::string voyage, suite_class;
  booking::BookingNumber booking;
};

// Throws UserError that names the file, the line and what is wrong with it.
std::vector<TraceEvent> read_trace(const std::filesystem::path& file);

}  // namespace breakwater::cli

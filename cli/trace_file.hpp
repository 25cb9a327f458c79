// Booking traces: CSV with the header date,action,voyage,class,booking.
#pragma once

#include <filesystem>
#include <istream>
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
// The same from any stream; `name` is what errors call it.
std::vector<TraceEvent> read_trace(std::istream& in, const std::string& name);

}  // namespace breakwater::cli

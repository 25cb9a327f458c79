#include "cli/trace_file.hpp"

#include <array>
#include <charconv>
#include <fstream>

#include "booking/names.hpp"
#include "cli/app.hpp"

namespace breakwater::cli {

namespace {

constexpr std::string_view kHeader = "date,action,voyage,class,booking";

// The five fields of a line; false when there are more or fewer.
bool split(std::string_view line, std::array<std::string_view, 5>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t comma = line.find(',');
    const bool last = i + 1 == fields.size();
    if ((comma == std::string_view::npos) != last) return false;
    fields[i] = line.substr(0, comma);
    if (!last) line.remove_prefix(comma + 1);
  }
  return true;
}

}  // namespace

std::vector<TraceEvent> read_trace(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UserError(file.string() + ": cannot be read; name a trace file");
  return read_trace(in, file.string());
}

std::vector<TraceEvent> read_trace(std::istream& in, const std::string& name) {
  std::vector<TraceEvent> events;
  std::size_t number = 0;
  const auto fault = [&](const std::string& what) {
    return UserError(name + ":" + std::to_string(number) + ": " + what);
  };
  for (std::string line; std::getline(in, line);) {
    ++number;
    const bool unfinished = in.eof();  // no newline at its end: the file was cut, perhaps within a number
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number == 1) {
      if (line != kHeader) throw fault("the first line must be " + std::string(kHeader));
      continue;
    }
    std::array<std::string_view, 5> field;
    if (!split(line, field)) throw fault("a line must have the five fields " + std::string(kHeader));
    if (unfinished) throw fault("the file ends within this line; it is truncated");
    TraceEvent event;
    event.voyage = field[2];
    event.suite_class = field[3];
    const auto [end, error] = std::from_chars(field[4].data(), field[4].data() + field[4].size(), event.booking);
    if (error != std::errc{} || end != field[4].data() + field[4].size() || field[4].empty()) {
      throw fault("the booking must be a number");
    }
    if (!booking::is_name(event.voyage) || !booking::is_name(event.suite_class)) {
      throw fault("voyage and class must be names of 1 to 64 bytes");
    }
    if (field[1] == "reserve") {
      event.command = booking::Reserve{{event.voyage, std::nullopt, event.suite_class}, event.booking};
    } else if (field[1] == "confirm") {
      event.command = booking::Confirm{event.booking};
    } else if (field[1] == "cancel") {
      event.command = booking::Cancel{event.booking};
    } else {
      throw fault("the action must be reserve, confirm or cancel");
    }
    events.push_back(std::move(event));
  }
  if (number == 0) throw UserError(name + ": is empty; a trace begins with " + std::string(kHeader));
  return events;
}

}  // namespace breakwater::cli

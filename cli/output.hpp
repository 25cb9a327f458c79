// JSON out, and numbers for people.
#pragma once

#include <nlohmann/json.hpp>

#include "booking/commands.hpp"

namespace breakwater::cli {

using Json = nlohmann::ordered_json;

// One document on one line of stdout.
void print_json(const Json& json);

// {"kind":"reserve", its arguments}; null bytes that do not decode are {"kind":"malformed"}.
Json command_json(const std::optional<booking::Command>& command);
// The contract's `result`: an object, or null.
Json result_json(const booking::Result& result);
Json reason_json(const booking::Result& result);
std::string_view outcome_name(const booking::Result& result);

}  // namespace breakwater::cli

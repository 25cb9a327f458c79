// JSON out, and numbers for people.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "booking/commands.hpp"
#include "replica/group_commands.hpp"

namespace breakwater::cli {

using Json = nlohmann::ordered_json;

// One document on one line of stdout.
void print_json(const Json& json);

// Three digits after the point: more are not measured. Null for what was not measured at all.
Json rounded(double value);
Json rounded(const std::optional<double>& value);

// {"kind":"reserve", its arguments}; null bytes that do not decode are {"kind":"malformed"}.
Json command_json(const std::optional<booking::Command>& command);
// The same of encoded bytes, those of commands about the group included: {"kind":"readmit",...}, {"kind":"advance"}.
Json command_json(ByteView encoded);
// {"outcome","reason","result"} of an encoded result, likewise; null when it is neither.
Json outcome_json(ByteView encoded);
// The contract's `result`: an object, or null.
Json result_json(const booking::Result& result);
Json reason_json(const booking::Result& result);
std::string_view outcome_name(const booking::Result& result);

}  // namespace breakwater::cli

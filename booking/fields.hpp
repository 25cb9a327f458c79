// The fields that canonical bytes of commands and results are made of. Names are blobs, optionals a flag byte (0 or 1)
// and the value. Readers latch failure, as Reader does.
#pragma once

#include <optional>
#include <string>

#include "replication/bytes.hpp"

namespace breakwater::booking {

// A visitor of several lambdas.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

void put_optional(Writer& out, const std::optional<std::string>& text);
void put_optional(Writer& out, const std::optional<std::uint64_t>& value);

std::string get_name(Reader& in);  // fails on what is no name (booking/names.hpp)
bool get_flag(Reader& in);
std::optional<std::string> get_optional_name(Reader& in);
std::optional<std::uint64_t> get_optional_u64(Reader& in);

}  // namespace breakwater::booking

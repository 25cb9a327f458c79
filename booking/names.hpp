// What a voyage, class or suite may be called, and the order of suites.
#pragma once

#include <string_view>

namespace breakwater::booking {

// 1 to kMaxNameBytes bytes of well-formed UTF-8 without control characters.
bool is_name(std::string_view text);

// Runs of digits compare as numbers: C-2 before C-10. A strict total order on names.
struct NaturalLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

}  // namespace breakwater::booking

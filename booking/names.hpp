// What a voyage, class or suite may be called, and the order of suites.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace breakwater::booking {

// 1 to kMaxNameBytes bytes of well-formed UTF-8 without control characters.
bool is_name(std::string_view text);

// Runs of digits compare as numbers: C-2 before C-10. A strict total order on names.
struct NaturalLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

// Values by name, in no order: for looking up, never for iterating.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

}  // namespace breakwater::booking

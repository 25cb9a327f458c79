#include "booking/fields.hpp"

#include "booking/limits.hpp"
#include "booking/names.hpp"

namespace breakwater::booking {

void put_optional(Writer& out, const std::optional<std::string>& text) {
  out.u8(text ? 1 : 0);
  if (text) out.text(*text);
}

void put_optional(Writer& out, const std::optional<std::uint64_t>& value) {
  out.u8(value ? 1 : 0);
  if (value) out.u64(*value);
}

std::string get_name(Reader& in) {
  std::string name = in.text(kMaxNameBytes);
  if (!is_name(name)) in.fail();
  return name;
}

bool get_flag(Reader& in) {
  const std::uint8_t flag = in.u8();
  if (flag > 1) in.fail();
  return flag == 1;
}

std::optional<std::string> get_optional_name(Reader& in) {
  return get_flag(in) ? std::optional(get_name(in)) : std::nullopt;
}

std::optional<std::uint64_t> get_optional_u64(Reader& in) {
  return get_flag(in) ? std::optional(in.u64()) : std::nullopt;
}

}  // namespace breakwater::booking

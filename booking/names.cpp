// Names of kinds, reasons and states, and what a name may be.
#include "booking/names.hpp"

#include <array>

#include "booking/commands.hpp"

namespace breakwater::booking {

namespace {

constexpr std::array<std::string_view, std::variant_size_v<Command>> kKinds = {
    "open",  "reserve", "hold",        "confirm",    "cancel", "show", "assign-shard", "acquire",
    "renew", "release", "check-fence", "bump-epoch", "show",   "show", "show"};
constexpr std::array<std::string_view, kReasonCount> kReasons = {
    "none",           "not_permitted", "malformed",       "expired_request", "number_reused", "voyage_exists",
    "unknown_voyage", "unknown_suite", "unknown_booking", "booking_exists",  "hold_expired",  "suite_taken",
    "sold_out",       "lease_held",    "stale_token",     "stale_epoch"};
constexpr std::array<std::string_view, kSuiteStateCount> kStates = {"free", "held", "reserved", "confirmed"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of the UTF-8 sequence at the start of `text`; 0 when it is not well-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first <= 0xf4 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t code = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? 0 : length;
}

// The run of digits at the start of `text`, without leading zeros, and how many characters it took.
std::pair<std::string_view, std::size_t> number_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::size_t start = 0;
  while (start + 1 < end && text[start] == '0') ++start;
  return {text.substr(start, end - start), end};
}

}  // namespace

std::string_view kind_of(const Command& command) { return kKinds[command.index()]; }
std::string_view name_of(Reason reason) { return kReasons[static_cast<std::size_t>(reason)]; }
std::string_view name_of(SuiteState state) { return kStates[static_cast<std::size_t>(state)]; }

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    // U+0080 to U+009F are control characters too: a terminal may obey them.
    const bool second_block = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0 || first < 0x20 || first == 0x7f || second_block) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool NaturalLess::operator()(std::string_view a, std::string_view b) const {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const auto [x, x_length] = number_at(a);
      const auto [y, y_length] = number_at(b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      a.remove_prefix(x_length);
      b.remove_prefix(y_length);
      continue;
    }
    if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // equal as numbers: "C-02" and "C-2" are two names
}

}  // namespace breakwater::booking

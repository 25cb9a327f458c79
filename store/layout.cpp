#include "store/layout.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/digest.hpp"

namespace breakwater {

namespace {

constexpr std::string_view kTableNames[kTableCount] = {"meta",  "journal",  "archive",     "leaves",
                                                       "roots", "evidence", "transcripts", "staging"};
constexpr std::size_t kChecksumBytes = 16;

std::array<std::uint8_t, kChecksumBytes> checksum_of(Table table, ByteView key, ByteView value) {
  return checksum({as_bytes(name_of(table)), key, value});
}

}  // namespace

std::string_view name_of(Table table) { return kTableNames[static_cast<std::size_t>(table)]; }

std::optional<Table> table_of(std::string_view name) {
  const auto found = std::ranges::find(kTableNames, name);
  if (found == std::end(kTableNames)) return std::nullopt;
  return static_cast<Table>(found - std::begin(kTableNames));
}

Bytes seal_value(Table table, ByteView key, ByteView value) {
  const auto sum = checksum_of(table, key, value);
  Bytes sealed(sum.size() + value.size());
  std::memcpy(sealed.data(), sum.data(), sum.size());
  if (!value.empty()) std::memcpy(sealed.data() + sum.size(), value.data(), value.size());
  return sealed;
}

Record sealed(const Record& record) {
  Record out{record.table, record.key, std::nullopt};
  if (record.value) out.value = seal_value(record.table, record.key, *record.value);
  return out;
}

std::optional<ByteView> unseal_value(Table table, ByteView key, ByteView sealed) {
  if (sealed.size() < kChecksumBytes) return std::nullopt;
  const ByteView value = sealed.subspan(kChecksumBytes);
  if (!std::ranges::equal(checksum_of(table, key, value), sealed.first(kChecksumBytes))) return std::nullopt;
  return value;
}

Bytes sequence_key(SequenceNumber sequence) { return Writer().ordered_u64(sequence.value).take(); }

std::optional<SequenceNumber> sequence_of_key(ByteView key) {
  Reader in(key);
  const SequenceNumber sequence(in.ordered_u64());
  if (!in.finished()) return std::nullopt;
  return sequence;
}

}  // namespace breakwater

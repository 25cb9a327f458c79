#include "store/content_check.hpp"

#include <algorithm>

#include "store/layout.hpp"

namespace breakwater {

void ContentChecker::add(Table table, ByteView key, ByteView sealed) {
  check_.empty = false;
  TableCheck& found = check_.tables[static_cast<std::size_t>(table)];
  ++found.records;
  found.bytes += key.size() + sealed.size();
  const std::optional<ByteView> value = unseal_value(table, key, sealed);
  if (!value) {
    ++found.damaged;
    if (found.damaged_keys.size() < TableCheck::kKeysKept) found.damaged_keys.emplace_back(key.begin(), key.end());
  }
  if (!is_head(table, key)) return digests_[static_cast<std::size_t>(table)].add(sealed);
  if (value) check_.head = decode_head(*value);
}

ContentCheck ContentChecker::finish() {
  for (std::size_t t = 0; t < kTableCount && check_.head; ++t) {
    check_.tables[t].complete = digests_[t] == check_.head->tables[t];
  }
  return std::move(check_);
}

bool ContentCheck::sound() const {
  return empty || (head && std::ranges::all_of(tables, [](const TableCheck& t) { return t.sound(); }));
}

std::vector<std::string> ContentCheck::problems() const {
  std::vector<std::string> lines;
  if (!empty && !head) lines.push_back("meta/head, which says what the store holds, is missing or damaged");
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const std::string name(name_of(static_cast<Table>(t)));
    const TableCheck& table = tables[t];
    for (const Bytes& key : table.damaged_keys)
      lines.push_back("the value of " + name + "/" + to_hex(key) + " is damaged");
    if (table.damaged > table.damaged_keys.size()) {
      lines.push_back(std::to_string(table.damaged - table.damaged_keys.size()) + " more values of " + name +
                      " are damaged");
    }
    if (!table.complete) {
      lines.push_back("table " + name + " holds " + std::to_string(table.records) +
                      " records that are not the ones which its head counts");
    }
  }
  return lines;
}

std::expected<ContentCheck, StoreError> check_content(const Disk& disk) {
  ContentChecker checker;
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const auto table = static_cast<Table>(t);
    const auto scanned = disk.scan(table, {}, [&](ByteView key, ByteView sealed) {
      checker.add(table, key, sealed);
      return true;
    });
    if (!scanned) return std::unexpected(scanned.error());
  }
  return checker.finish();
}

void encode(Writer& out, const ContentCheck& check) {
  out.u8(check.empty).u8(check.head.has_value());
  if (check.head) out.blob(encode(*check.head));
  for (const TableCheck& table : check.tables) {
    out.u64(table.records).u64(table.bytes).u64(table.damaged).u8(table.complete);
    out.u32(static_cast<std::uint32_t>(table.damaged_keys.size()));
    for (const Bytes& key : table.damaged_keys) out.blob(key);
  }
}

ContentCheck decode_content_check(Reader& in) {
  constexpr std::size_t kMaxBlob = 4096;
  ContentCheck check;
  check.empty = in.u8() != 0;
  if (in.u8() != 0) check.head = decode_head(in.blob(kMaxBlob));
  for (TableCheck& table : check.tables) {
    table.records = in.u64();
    table.bytes = in.u64();
    table.damaged = in.u64();
    table.complete = in.u8() != 0;
    for (std::uint32_t n = in.count(TableCheck::kKeysKept, 4); n > 0; --n) {
      const ByteView key = in.blob(kMaxBlob);
      table.damaged_keys.emplace_back(key.begin(), key.end());
    }
  }
  return check;
}

}  // namespace breakwater

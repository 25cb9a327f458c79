#include "store/repair.hpp"

#include <algorithm>

namespace breakwater {

namespace {
constexpr std::size_t kDroppedPerTransaction = 1000;
}

std::optional<SequenceNumber> droppable_archive(const ContentCheck& check, SequenceNumber checkpoint) {
  if (!check.head) return std::nullopt;
  for (std::size_t t = 0; t < kTableCount; ++t) {
    if (static_cast<Table>(t) != Table::archive && !check.tables[t].sound()) return std::nullopt;
  }
  const TableCheck& archive = check.of(Table::archive);
  if (archive.damaged == 0 || archive.damaged > archive.damaged_keys.size() || !archive.complete) return std::nullopt;
  SequenceNumber last;
  for (const Bytes& key : archive.damaged_keys) {
    const std::optional<SequenceNumber> slot = sequence_of_key(key);
    if (!slot || *slot >= checkpoint) return std::nullopt;
    last = std::max(last, *slot);
  }
  return last;
}

std::expected<void, StoreError> drop_archive(Store& store, SequenceNumber last) {
  for (;;) {
    std::vector<Record> records;
    const auto scanned = store.scan_keys(Table::archive, [&](ByteView key) {
      if (records.size() == kDroppedPerTransaction) return false;
      const std::optional<SequenceNumber> slot = sequence_of_key(key);
      if (!slot || *slot > last) return false;
      records.push_back({Table::archive, Bytes(key.begin(), key.end()), std::nullopt});
      return true;
    });
    if (!scanned || records.empty()) return scanned;
    if (auto done = store.commit(records); !done) return done;
  }
}

std::expected<SequenceNumber, StoreError> checkpoint_of(const Store& store) {
  const auto value = store.get(Table::meta, to_bytes("checkpoint"));
  if (!value) return std::unexpected(value.error());
  return SequenceNumber(*value ? Reader(**value).u64() : 0);
}

}  // namespace breakwater

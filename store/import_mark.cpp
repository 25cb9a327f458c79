#include "store/import_mark.hpp"

#include <algorithm>

namespace breakwater {

namespace {
const Bytes kImportedKey = to_bytes("imported");  // sequence u64, term u64
constexpr std::size_t kRecordsPerTransaction = 1000;
}  // namespace

Record import_mark(const GivenHistory& given) {
  return {Table::meta, kImportedKey, Writer().u64(given.sequence.value).u64(given.term.value).take()};
}

std::expected<std::optional<GivenHistory>, StoreError> import_mark_of(const Store& store) {
  const auto value = store.get(Table::meta, kImportedKey);
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::optional<GivenHistory>{};
  Reader in(**value);
  const SequenceNumber sequence(in.u64());
  const ViewNumber term(in.u64());
  if (!in.finished()) return std::unexpected(StoreError{store.where() + ": the mark of its import does not decode"});
  return GivenHistory{sequence, term};
}

std::expected<void, StoreError> clear_import_mark(Store& store) {
  const Record gone{Table::meta, kImportedKey, std::nullopt};
  return store.commit({&gone, 1});
}

std::expected<void, StoreError> fill_imported(Store& empty, const GivenHistory& given, std::vector<Record> records) {
  records.insert(records.begin(), import_mark(given));
  const std::span<const Record> all(records);
  for (std::size_t at = 0; at < all.size(); at += kRecordsPerTransaction) {
    const auto part = all.subspan(at, std::min(kRecordsPerTransaction, all.size() - at));
    if (auto done = empty.commit(part); !done) return done;
  }
  return empty.claim();
}

}  // namespace breakwater

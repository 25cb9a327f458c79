// The mark of a store that was made from a checkpoint's file: its replica remembers nothing of what it promised before.
#pragma once

#include "store/store.hpp"

namespace breakwater {

// How much history the store was given. All zero for one that was given none.
struct GivenHistory {
  SequenceNumber sequence;
  ViewNumber term;  // of its last slot, where terms count
  auto operator<=>(const GivenHistory&) const = default;
};

Record import_mark(const GivenHistory& given);
// Nothing once its replica has joined its group.
std::expected<std::optional<GivenHistory>, StoreError> import_mark_of(const Store& store);
std::expected<void, StoreError> clear_import_mark(Store& store);

// Fills an empty store, in transactions of a bounded size. The identity comes last: what a crash leaves without one is
// refused at the next opening.
std::expected<void, StoreError> fill_imported(Store& empty, const GivenHistory& given, std::vector<Record> records);

}  // namespace breakwater

// Mending a damaged store: only what its replica need not remember.
#pragma once

#include "store/content_check.hpp"
#include "store/store.hpp"

namespace breakwater {

// The last of the archive's damaged slots, when the archive up to there can be dropped and nothing else is amiss: those
// slots are decided, their outcome is in the checkpoint's leaves, other replicas hold them, and no promise is in them.
// They must lie below the checkpoint: its own slot goes with its state to whoever needs that. Nothing when anything
// else is damaged, or a record is missing: then the replica must not start. Where the stored checksums add up to the
// head's, a damaged value is all that there is.
std::optional<SequenceNumber> droppable_archive(const ContentCheck& check, SequenceNumber checkpoint);

// Drops the archive up to there, in transactions of a bounded size: whoever dies meanwhile finds the rest damaged, and
// drops it. The archive stays without a gap.
std::expected<void, StoreError> drop_archive(Store& store, SequenceNumber last);

// The checkpoint whose leaves the store holds; 0 when there is none yet.
std::expected<SequenceNumber, StoreError> checkpoint_of(const Store& store);

}  // namespace breakwater

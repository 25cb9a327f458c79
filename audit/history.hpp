// One store's decided slots, applied again from the first.
#pragma once

#include "pbft/config.hpp"
#include "pbft/messages.hpp"
#include "replica/application.hpp"
#include "store/store.hpp"

namespace breakwater::audit {

struct HistorySlot {
  SequenceNumber sequence;
  const pbft::ArchivedSlot& archived;
  // What became of its requests, recomputed. Absent when the slots before it are no longer kept: then nobody can say.
  std::optional<std::vector<Application::Answer>> answers;
  std::optional<Digest> state;  // recomputed, after a slot that ends in a checkpoint
  AgreedTime now;               // after the slot
};

// Visits the slots of `store` in order, without gaps, from the first or the oldest kept; `visit` returns false to stop.
// Reads while the replica runs. The error names a damaged or undecodable record. Signatures are not checked here.
std::expected<void, StoreError> walk_history(const Store& store, const Roster& roster, const pbft::Config& config,
                                             const std::function<bool(const HistorySlot&)>& visit);

}  // namespace breakwater::audit

// One store's decided slots, applied again from the first.
#pragma once

#include <functional>

#include "audit/decided_slot.hpp"
#include "replica/application.hpp"
#include "store/store.hpp"

namespace breakwater::audit {

// How to read a group's histories. The roster must outlive it.
struct Reading {
  const Roster& roster;
  SlotDecoder decode;
  GroupRules rules;
};

struct HistorySlot {
  const DecidedSlot& slot;
  // What became of its requests, recomputed. Absent when the slots before it are no longer kept: then nobody can say.
  std::optional<std::vector<Application::Answer>> answers;
  std::optional<Digest> state;  // recomputed, after a slot that ends in a checkpoint
  AgreedTime now;               // after the slot
};

// Visits the slots of `store` in order, without gaps, from the first or the oldest kept; `visit` returns false to stop.
// Reads while the replica runs. The error names a damaged or undecodable record. Nothing is verified here.
std::expected<void, StoreError> walk_history(const Store& store, const Reading& reading,
                                             const std::function<bool(const HistorySlot&)>& visit);

}  // namespace breakwater::audit

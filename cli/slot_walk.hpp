// The decided slots of one store, applied again from the first.
#pragma once

#include <functional>

#include "cli/engine_tools.hpp"
#include "replica/application.hpp"
#include "store/store.hpp"

namespace breakwater::cli {

// `answers`: what became of the slot's requests, recomputed; null when the slots before it are no longer kept, so that
// nobody can say. Returns false to stop.
using SlotVisitor = std::function<bool(const DecidedSlot& slot, const std::vector<Application::Answer>* answers)>;

// Visits the slots of `store` in order, without gaps, from the first or the oldest kept. Reads while the replica runs.
// The error names a damaged or undecodable record. Nothing is verified: that is the audit's.
std::expected<void, StoreError> walk_slots(const Store& store, const ClusterConfig& config, const SlotVisitor& visit);

}  // namespace breakwater::cli

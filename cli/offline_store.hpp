// The store of a replica that does not run, looked at before anything in it is believed.
#pragma once

#include "cli/harbor.hpp"
#include "store/lmdb_check.hpp"

namespace breakwater::cli {

// Throws UserError for a replica that the harbor does not have, or that runs.
ReplicaId stopped_replica(const Harbor& harbor, std::uint32_t id);

// The check of its pages and values (node/store_guard.hpp). Throws UserError when there is no store.
FileCheck check_offline(const Harbor& harbor, ReplicaId id);

}  // namespace breakwater::cli

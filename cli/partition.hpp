// Fault injection: a network between running replicas that is split, and made whole again.
#pragma once

#include <set>
#include <vector>

#include "cli/harbor.hpp"

namespace breakwater::cli {

// Replicas of one side hear each other only; one that is on no side hears nobody.
using Sides = std::vector<std::set<ReplicaId>>;

// Tells every running local replica, and returns when all of them have said that they obey, or after `timeout`: those
// that have not. Needs the operator's key and a harbor with fault injection. Throws UserError.
std::set<ReplicaId> split_network(const Harbor& harbor, const Sides& sides, std::chrono::milliseconds timeout);
std::set<ReplicaId> heal_network(const Harbor& harbor, std::chrono::milliseconds timeout);

}  // namespace breakwater::cli

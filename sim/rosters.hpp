// Who is in a simulated group.
#pragma once

#include "sim/protocol.hpp"

namespace breakwater::sim {

// So many replicas in their first incarnation, and clients 0, the operator, to `desks`. Keys are none: the world's
// crypto knows who signs by name.
Rosters make_rosters(const Digest& cluster, std::uint32_t replicas, std::uint32_t desks);

}  // namespace breakwater::sim

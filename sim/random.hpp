// The one source of chance in a simulated world.
#pragma once

#include "replication/random.hpp"

namespace breakwater::sim {

using breakwater::Random;

}  // namespace breakwater::sim

// What an engine is told, from the cluster's configuration.
#pragma once

#include "node/cluster_config.hpp"
#include "pbft/config.hpp"

namespace breakwater {

// Milliseconds become ticks here, rounded up.
pbft::Config engine_config(const ClusterConfig& cluster, ReplicaId self);

}  // namespace breakwater

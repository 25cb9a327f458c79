// What an engine is told, from the cluster's configuration. Milliseconds become ticks here, rounded up.
#pragma once

#include "node/cluster_config.hpp"
#include "pbft/config.hpp"
#include "raft/config.hpp"

namespace breakwater {

pbft::Config pbft_config(const ClusterConfig& cluster, ReplicaId self);
// The caller guarantees that the configuration is one of a Raft group, as parsed.
raft::Config raft_config(const ClusterConfig& cluster, ReplicaId self);

}  // namespace breakwater

// What an engine is told, from the cluster's configuration. Milliseconds become ticks here, rounded up.
#pragma once

#include "node/cluster_config.hpp"
#include "pbft/config.hpp"
#include "raft/config.hpp"

namespace breakwater {

// It goes by the roster's incarnations, those that are added later included.
pbft::Config pbft_config(const ClusterConfig& cluster, const Roster& roster, ReplicaId self);
// The caller guarantees that the configuration is one of a Raft group, as parsed.
raft::Config raft_config(const ClusterConfig& cluster, ReplicaId self);

}  // namespace breakwater

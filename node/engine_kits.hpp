// The kits there are, one per engine. For node/engine_kit.cpp, which chooses.
#pragma once

#include "node/engine_kit.hpp"

namespace breakwater {

// Signed messages, requests and replies, but for what the cluster's BenchSettings leave out.
std::unique_ptr<EngineKit> make_pbft_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                         const Roster& roster);

// Nothing is signed (requests are, where the BenchSettings say so): the CURVE connection says who sent what, and
// whoever is a member is believed.
std::unique_ptr<EngineKit> make_raft_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                         const Roster& roster);

}  // namespace breakwater

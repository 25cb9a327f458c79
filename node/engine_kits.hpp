// The kits there are, one per engine. For node/engine_kit.cpp, which chooses.
#pragma once

#include "node/engine_kit.hpp"

namespace breakwater {

// Signed messages, requests and replies.
std::unique_ptr<EngineKit> make_pbft_kit(const ClusterConfig& cluster, ReplicaId self, const Seed& seed,
                                         const Roster& roster);

// Nothing is signed: the CURVE connection says who sent what, and whoever is a member is believed.
std::unique_ptr<EngineKit> make_raft_kit(const ClusterConfig& cluster, ReplicaId self, const Seed& seed,
                                         const Roster& roster);
// Where the strategies of lying Raft replicas will be parsed.
std::expected<adversary::Strategy, std::string> no_raft_strategy(std::string_view text);

}  // namespace breakwater

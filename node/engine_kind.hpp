// The engines a harbor may run, and what a reader of cluster.toml must know of each. What a replica process does
// differently for each is in node/engine_kit.hpp.
#pragma once

#include <string>
#include <string_view>

#include "replication/quorum.hpp"

namespace breakwater {

struct EngineKind {
  std::string_view name;  // as cluster.toml writes it
  std::uint32_t least_replicas;
  std::uint32_t default_replicas;
  std::string_view sizes;  // how many replicas survive how much, in words
  Quorums (*quorums)(std::uint32_t n);
  // What f replicas may do, as in "1 of 4 may ...".
  std::string_view may;
  // Roles of replicas that work: of one that orders requests, and of the others.
  std::string_view leading_role;
  std::string_view following_role;
  // Nothing is decided until somebody leads; otherwise a quorum replaces a leader that is gone as soon as it is asked.
  bool needs_a_leader;
  // Replicas that lost their store come back as new incarnations, and keys change, by a readmission.
  bool readmits;
};

inline constexpr EngineKind kEngineKinds[] = {
    {"pbft", 4, 4, "3f+1 survive f liars", Quorums::byzantine, "may lie or crash", "primary", "backup", false, true},
    {"raft", 3, 3, "2f+1 survive f crashes", Quorums::crash, "may crash; none may lie", "leader", "follower", true,
     false},
};
inline constexpr std::uint32_t kMostReplicas = 64;

// Null for a name that no engine has.
constexpr const EngineKind* engine_kind(std::string_view name) {
  for (const EngineKind& kind : kEngineKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

// "pbft or raft", each in quotes: for error messages.
std::string engine_names();

// "1 of 3 may crash; none may lie".
std::string survives(const EngineKind& kind, const Quorums& quorums);

}  // namespace breakwater

// What will happen in one simulated world, decided before it runs: so that it can be run again, and shrunk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cluster.hpp"

namespace breakwater::sim {

struct PlannedCommand {
  std::uint64_t at_ms;
  std::uint32_t client;
  booking::Command command;
};

struct Plan {
  ClusterOptions options;
  std::vector<FaultEvent> faults;        // in order of time
  std::vector<PlannedCommand> commands;  // likewise
  std::uint64_t faults_end_ms = 0;       // then everything heals, and liveness is judged
};

// mixed: a swarm, each seed with a choice of faults and liars of its own, from calm to brutal. calm: none. brutal:
// every kind at once. twins: one replica runs twice under one key; seeds 1 to 16,384 enumerate all two-sided partitions
// of four views for each replica of four, later ones are random (Twins, Bano et al. 2020).
enum class Profile { mixed, calm, brutal, twins };
std::optional<Profile> profile_named(std::string_view name);

struct PlanOptions {
  Engines engine = Engines::pbft;
  std::uint32_t replicas = 4;  // 0: by seed; 4, 5, 7 or 10, under Raft 3, 4, 5 or 7
  std::uint32_t commands = 100;
  Profile profile = Profile::mixed;
  // These lie, and nobody drawn by seed. The caller guarantees that the engine knows the strategies.
  std::map<std::uint32_t, std::string> byzantine;
};

// One seed, one plan, on every machine. At most f replicas lie or lose their disk.
Plan make_plan(std::uint64_t seed, const PlanOptions& options);

}  // namespace breakwater::sim

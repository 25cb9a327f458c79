// One replica process: what `breakwater replica` runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "node/cluster_config.hpp"

namespace breakwater {

struct ReplicaOptions {
  std::filesystem::path harbor;  // holds cluster.toml and replica-N/
  ReplicaId id;
  std::optional<std::string> byzantine;  // "STRATEGY[:key=value,...]"
};

// Runs until SIGTERM or SIGINT; logs to stderr. Returns the exit code: 0 after a clean stop. Errors of the environment
// (configuration, keys, foreign store, port in use) come back as one line; a durability failure while running
// stops the process with a clear last log line and exit code 2.
std::expected<int, ConfigError> run_replica(const ReplicaOptions& options);

}  // namespace breakwater

// Making a harbor.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/app.hpp"
#include "node/cluster_config.hpp"

namespace breakwater::cli {

struct InitArguments {
  std::string engine = "pbft";
  std::optional<std::uint32_t> replicas;  // absent: as many as the engine needs to survive one fault
  std::uint32_t base_port = 0;            // 0: free ports
  std::vector<std::string> hosts;
  std::uint32_t desks = 64;
  bool fault_injection = false;
};

void add_init_options(CLI::App& command, InitArguments& arguments);
// Keys, cluster.toml and directories, all or nothing. Throws UserError; refuses to overwrite. Returns what the file
// says.
ClusterConfig init_harbor(const std::filesystem::path& dir, InitArguments arguments);

}  // namespace breakwater::cli

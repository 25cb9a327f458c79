// Making a harbor.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/app.hpp"

namespace breakwater::cli {

struct InitArguments {
  std::uint32_t replicas = 4;
  std::string engine = "pbft";
  std::uint32_t base_port = 0;  // 0: free ports
  std::vector<std::string> hosts;
  std::uint32_t desks = 64;
  bool fault_injection = false;
};

void add_init_options(CLI::App& command, InitArguments& arguments);
// Keys, cluster.toml and directories, all or nothing. Throws UserError; refuses to overwrite.
void init_harbor(const std::filesystem::path& dir, const InitArguments& arguments);

}  // namespace breakwater::cli

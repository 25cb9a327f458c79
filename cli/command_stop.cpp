// stop: every local replica of the harbor, however it was started.
#include <iostream>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/process.hpp"
#include "node/process_table.hpp"

namespace breakwater::cli {

namespace {

int stop(const GlobalOptions& options) {
  const Harbor harbor = open_harbor(options);
  std::vector<pid_t> pids;
  for (const auto& [id, replica] : harbor.config.replicas) {
    if (const auto pid = running_replica(harbor.dir, id.value)) pids.push_back(*pid);
  }
  const std::vector<pid_t> killed = stop_processes(pids, std::chrono::seconds(10));
  for (const auto& [id, replica] : harbor.config.replicas) {
    std::error_code ignored;  // a clean stop has removed it already
    std::filesystem::remove(harbor.replica_dir(id) / "pid", ignored);
  }
  if (options.json) {
    print_json({{"stopped", pids.size()}, {"killed", killed.size()}});
  } else if (pids.empty()) {
    std::cout << "nothing was running\n";
  } else {
    std::cout << "stopped " << pids.size() << " replicas";
    if (!killed.empty()) std::cout << ", " << killed.size() << " of them by force";
    std::cout << "\n";
  }
  return kDone;
}

}  // namespace

void add_stop_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("stop", "every local replica of the harbor, cleanly");
  command->fallthrough();
  command->callback([&options, &exit_code] { exit_code = stop(options); });
}

}  // namespace breakwater::cli

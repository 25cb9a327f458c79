// replica: one replica in the foreground.
#include <memory>

#include "cli/commands.hpp"
#include "node/replica_process.hpp"

namespace breakwater::cli {

void add_replica_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("replica", "one replica in the foreground, logging to stderr");
  command->fallthrough();
  const auto id = std::make_shared<std::uint32_t>(0);
  const auto byzantine = std::make_shared<std::string>();
  command->add_option("--id", *id, "which replica")->required();
  command->add_option("--byzantine", *byzantine, "STRATEGY[:key=value,...]: this replica lies");
  command->callback([&options, &exit_code, id, byzantine] {
    ReplicaOptions replica{options.harbor(), ReplicaId(*id), std::nullopt};
    if (!byzantine->empty()) replica.byzantine = *byzantine;
    const auto code = run_replica(replica);
    if (!code) throw UserError(code.error().message);
    exit_code = *code;
  });
}

}  // namespace breakwater::cli

// init: keys and cluster.toml.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/init_harbor.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

void add_init_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("init", "makes a harbor: keys and cluster.toml");
  command->fallthrough();
  const auto a = std::make_shared<InitArguments>();
  add_init_options(*command, *a);
  command->callback([&options, &exit_code, a] {
    const std::size_t replicas = init_harbor(options.harbor(), *a).replicas.size();
    if (options.json) {
      print_json({{"harbor", options.harbor().string()}, {"replicas", replicas}, {"desks", a->desks}});
    } else {
      std::cout << "made " << options.harbor().string() << ": " << a->engine << ", " << replicas
                << " replicas, operator and " << a->desks << " desks\nnext: breakwater start --detach --dir "
                << options.harbor().string() << "\n";
    }
    exit_code = kDone;
  });
}

}  // namespace breakwater::cli

// rejoin: a replica comes back as a new incarnation, without its store or with new keys.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/rejoin.hpp"

namespace breakwater::cli {

namespace {

Json outcome_json(ReplicaId id, const Rejoin::Outcome& o) {
  return {{"replica", id.value},
          {"incarnation", o.incarnation.value},
          {"readmitted_at", o.readmitted.value},
          {"effective_from", o.effective.value},
          {"store", o.lost ? "empty" : "kept"},
          {"resumed", o.resumed},
          {"advances", o.advances},
          {"votes", o.votes},
          {"waiting_for", o.votes ? Json(nullptr) : Json(o.waits_for)}};
}

int rejoin(const GlobalOptions& options, std::uint32_t given_id) {
  const ReplicaId id(given_id);
  Rejoin steps(open_harbor(options), id, [&](const std::string& line) {
    if (!options.json) std::cout << "  " << line << std::endl;
  });
  const Rejoin::Outcome outcome = steps.run(options.timeout_or(120));
  if (options.json) {
    print_json(outcome_json(id, outcome));
  } else if (outcome.votes) {
    std::cout
        << "replica " << id.value << " votes as incarnation " << outcome.incarnation.value
        << (outcome.lost ? ", from an empty store" : ", under new keys")
        << "\n  cluster.toml has the new keys, and clients/operator/counter has moved on: every other copy of the two "
           "is out of date\n";
  } else {
    std::cout << "unknown: replica " << id.value << " does not vote yet, it waits for " << outcome.waits_for
              << "; run the same command again to go on\n";
  }
  return outcome.votes ? kDone : kUnknown;
}

}  // namespace

void add_rejoin_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("rejoin", "brings a replica back that lost its store, or gives it new keys");
  command->fallthrough();
  const auto id = std::make_shared<std::uint32_t>(0);
  command->add_option("--id", *id, "which replica")->required();
  command->callback([&options, &exit_code, id] { exit_code = rejoin(options, *id); });
}

}  // namespace breakwater::cli

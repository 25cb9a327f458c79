// partition: splits the network between running replicas, or heals it.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/partition.hpp"

namespace breakwater::cli {

namespace {

struct PartitionArguments {
  std::string sides;
  bool heal = false;
};

UserError wrong_sides(const std::string& text, const Harbor& harbor, const std::string& why) {
  return UserError("'" + text + "': " + why + "; write the sides as 0/1,2,3, with replicas from 0 to " +
                   std::to_string(harbor.config.replicas.size() - 1));
}

// "0/1,2,3": two sides or more, each replica on one at most.
Sides parse_sides(const std::string& text, const Harbor& harbor) {
  Sides sides(1);
  std::set<ReplicaId> named;
  std::string digits;
  const auto end_of_name = [&] {
    if (digits.empty() || digits.size() > 4) throw wrong_sides(text, harbor, "a replica's number is missing");
    const ReplicaId id(static_cast<std::uint32_t>(std::stoul(digits)));
    if (!harbor.config.replicas.contains(id)) throw wrong_sides(text, harbor, "there is no replica " + digits);
    if (!named.insert(id).second) throw wrong_sides(text, harbor, "replica " + digits + " is named twice");
    sides.back().insert(id);
    digits.clear();
  };
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
    else if (c == ',' || c == '/') end_of_name();
    else throw wrong_sides(text, harbor, "not a list of replicas");
    if (c == '/') sides.emplace_back();
  }
  end_of_name();
  if (sides.size() < 2) throw wrong_sides(text, harbor, "one side alone splits nothing");
  return sides;
}

int partition(const GlobalOptions& options, const PartitionArguments& a) {
  if (a.heal != a.sides.empty()) throw UserError("give either the sides, such as 0/1,2,3, or --heal");
  const Harbor harbor = open_harbor(options);
  const std::set<ReplicaId> deaf = a.heal ? heal_network(harbor, options.timeout_or(5))
                                          : split_network(harbor, parse_sides(a.sides, harbor), options.timeout_or(5));
  if (options.json) {
    Json silent = Json::array();
    for (const ReplicaId id : deaf) silent.push_back(id.value);
    print_json({{"sides", a.heal ? Json(nullptr) : Json(a.sides)}, {"not_told", std::move(silent)}});
  } else {
    std::cout << (a.heal ? "the network is whole" : "the network is split: " + a.sides) << "\n";
    for (const ReplicaId id : deaf) std::cout << "  replica " << id.value << " did not answer in time\n";
  }
  return deaf.empty() ? kDone : kUnknown;
}

}  // namespace

void add_partition_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("partition", "splits the network between running replicas (fault injection)");
  command->fallthrough();
  const auto a = std::make_shared<PartitionArguments>();
  command->add_option("sides", a->sides, "who still hears whom: 0/1,2,3");
  command->add_flag("--heal", a->heal, "makes the network whole again");
  command->callback([&options, &exit_code, a] { exit_code = partition(options, *a); });
}

}  // namespace breakwater::cli

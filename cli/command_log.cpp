// log: the decided slots in one replica's store.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/engine_tools.hpp"
#include "cli/output.hpp"
#include "cli/store_files.hpp"

namespace breakwater::cli {

namespace {

struct LogArguments {
  std::uint32_t replica = 0;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> to;
};

using Answers = std::optional<std::vector<Application::Answer>>;

Json commands_json(const audit::DecidedSlot& slot) {
  Json commands = Json::array();
  if (slot.batch == nullptr) return commands;
  for (const RequestPtr& request : slot.batch->requests) {
    const auto decoded = decode_commands(request->body);
    for (std::size_t i = 0; decoded && i < decoded->size(); ++i) {
      commands.push_back({{"client", request->client.value},
                          {"request", request->number.value},
                          {"command", command_json((*decoded)[i])}});
    }
  }
  return commands;
}

Json result_line(const booking::Result& result) {
  return {{"outcome", outcome_name(result)}, {"reason", reason_json(result)}, {"result", result_json(result)}};
}

// One result per command. Null when the slots that would tell are no longer kept.
Json results_json(const Answers& answers) {
  if (!answers) return nullptr;
  Json results = Json::array();
  for (const Application::Answer& answer : *answers) {
    const auto commands = decode_commands(answer.request->body);
    for (std::size_t i = 0; commands && i < commands->size(); ++i) {
      if (answer.verdict == SessionVerdict::expired) {
        results.push_back(result_line({false, booking::Reason::expired_request, {}}));
      } else if (answer.verdict == SessionVerdict::number_reused) {
        results.push_back(result_line({false, booking::Reason::number_reused, {}}));
      } else {
        results.push_back(outcome_json(answer.results[i]));
      }
    }
  }
  return results;
}

Json slot_json(const audit::DecidedSlot& slot, const Answers& answers, const ClusterConfig& config) {
  Json commands = commands_json(slot);
  for (Json& command : commands) {
    const auto client = config.clients.find(ClientId(command["client"].get<std::uint32_t>()));
    if (client != config.clients.end()) command["client"] = client->second.name;
  }
  Json signers = Json::array();
  if (slot.commits) {
    for (const Certificate::Entry& entry : slot.commits->entries) signers.push_back(entry.signer.value);
  }
  return {{"sequence", slot.sequence.value}, {"view", slot.view.value},          {"digest", to_hex(slot.digest.view())},
          {"commands", std::move(commands)}, {"results", results_json(answers)}, {"signers", std::move(signers)}};
}

void print_slot(const Json& slot) {
  std::cout << "slot " << slot["sequence"] << "  view " << slot["view"] << "  "
            << slot["digest"].get<std::string>().substr(0, 12);
  if (!slot["signers"].empty()) std::cout << "  signed by";
  for (const Json& id : slot["signers"]) std::cout << " " << id;
  std::cout << (slot["commands"].empty() ? "  executes nothing\n" : "\n");
  for (std::size_t i = 0; i < slot["commands"].size(); ++i) {
    const Json& command = slot["commands"][i];
    std::cout << "  " << command["client"].get<std::string>() << " #" << command["request"] << " ";
    for (const auto& [key, value] : command["command"].items()) {
      if (key == "kind") std::cout << " " << value.get<std::string>();
      else std::cout << " " << key << "=" << (value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (slot["results"].is_array()) {
      const Json& result = slot["results"][i];
      std::cout << "  -> " << (result["reason"].is_null() ? result["outcome"] : result["reason"]).get<std::string>();
      if (result["result"].is_object() && result["result"].contains("suite")) {
        std::cout << " " << result["result"]["suite"].get<std::string>();
      }
      for (const char* granted : {"token", "epoch"}) {
        if (result["result"].is_object() && result["result"].contains(granted)) {
          std::cout << " " << granted << " " << result["result"][granted];
        }
      }
    }
    std::cout << "\n";
  }
}

int log(const GlobalOptions& options, const LogArguments& arguments) {
  const Harbor harbor = open_harbor(options);
  const ReplicaId id(arguments.replica);
  if (!harbor.config.replicas.contains(id)) {
    throw UserError("--replica " + std::to_string(id.value) + ": this harbor has replicas 0 to " +
                    std::to_string(harbor.config.replicas.size() - 1));
  }
  const auto file = StoreFile::open(harbor, id);
  if (file == nullptr) {
    throw UserError("replica " + std::to_string(id.value) + " has no store in " + harbor.replica_dir(id).string() +
                    "; start it first, or ask on its own host");
  }
  bool first = true;
  if (options.json) {
    std::cout << R"({"replica":)" << id.value << R"(,"engine":)" << Json(harbor.config.engine).dump()
              << R"(,"slots":[)";
  }
  const Roster roster = harbor.config.roster();
  const audit::Reading reading = reading_of(harbor.config, roster);
  const auto walked = audit::walk_history(file->store(), reading, [&](const audit::HistorySlot& history) {
    const audit::DecidedSlot& slot = history.slot;
    if (arguments.to && slot.sequence.value > *arguments.to) return false;
    if (slot.sequence.value < arguments.from) return true;
    const Json json = slot_json(slot, history.answers, harbor.config);
    if (options.json) {
      std::cout << (first ? "" : ",") << json.dump(-1, ' ', false, Json::error_handler_t::replace);
    } else {
      print_slot(json);
    }
    first = false;
    return true;
  });
  if (options.json) std::cout << "]}" << std::endl;
  if (!walked) throw UserError(walked.error().message + "; the slots before it are sound");
  return kDone;
}

}  // namespace

void add_log_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("log", "the decided slots in one replica's store");
  command->fallthrough();
  const auto a = std::make_shared<LogArguments>();
  command->add_option("--replica", a->replica, "whose store")->required();
  command->add_option("--from", a->from, "first slot")->capture_default_str();
  command->add_option("--to", a->to, "last slot");
  command->callback([&options, &exit_code, a] { exit_code = log(options, *a); });
}

}  // namespace breakwater::cli

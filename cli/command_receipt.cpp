// receipt verify: what the group did to one request, offline, with public keys alone.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/proof_file.hpp"
#include "crypto/keys.hpp"
#include "crypto/receipt.hpp"
#include "node/cluster_config.hpp"
#include "replication/quorum.hpp"

namespace breakwater::cli {

namespace {

struct ReceiptArguments {
  std::string file, roster;
};

std::expected<Receipt, std::string> read_receipt(const std::string& file) {
  const std::expected<Bytes, std::string> bytes = read_proof_file(file, kMaxReceiptBytes);
  if (!bytes) return std::unexpected(bytes.error());
  const std::optional<Receipt> receipt = decode_receipt(*bytes);
  if (!receipt || encode(*receipt) != *bytes) return std::unexpected("the file is no canonical receipt");
  return *receipt;
}

// A command and what became of it, in the words of the contract.
struct Line {
  Json command, result, reason;
  std::string outcome;
};

// Nothing when a result is in no form that this program knows.
std::optional<std::vector<Line>> lines_of(const Receipt& receipt) {
  std::vector<Line> lines;
  const auto commands = decode_commands(receipt.body);
  for (std::size_t i = 0; commands && i < commands->size(); ++i) {
    const Json outcome = outcome_json(receipt.results[i]);
    if (outcome.is_null()) return std::nullopt;
    lines.push_back({command_json((*commands)[i]), outcome["result"], outcome["reason"], outcome["outcome"]});
  }
  return lines;
}

// {"kind":"reserve","voyage":"V1","booking":8841} as "reserve, voyage V1, booking 8841".
std::string words(const Json& json) {
  std::string out;
  for (const auto& [key, value] : json.items()) {
    if (!out.empty()) out += ", ";
    if (key != "kind") out += key + " ";
    out += value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return out;
}

std::string name_of_client(const ClusterConfig& config, ClientId id) {
  const auto found = config.clients.find(id);
  return found == config.clients.end() ? "client " + std::to_string(id.value) : found->second.name;
}

std::string signers(const Receipt& receipt) {
  std::string out;
  for (const Certificate::Entry& entry : receipt.replies.entries) {
    out += (out.empty() ? "" : &entry == &receipt.replies.entries.back() ? " and " : ", ");
    out += std::to_string(entry.signer.value);
  }
  return out;
}

Json proved_json(const Receipt& receipt, const std::vector<Line>& lines, const ClusterConfig& config) {
  Json commands = Json::array(), results = Json::array(), ids = Json::array();
  for (const Line& line : lines) {
    commands.push_back(line.command);
    results.push_back({{"outcome", line.outcome}, {"reason", line.reason}, {"result", line.result}});
  }
  for (const Certificate::Entry& entry : receipt.replies.entries) ids.push_back(entry.signer.value);
  return {{"proves", true},
          {"why", nullptr},
          {"cluster", to_hex(config.cluster.view())},
          {"client", name_of_client(config, receipt.client)},
          {"request", receipt.number.value},
          {"sequence", receipt.sequence().value},
          {"commands", std::move(commands)},
          {"results", std::move(results)},
          {"signers", std::move(ids)}};
}

void print_proved(const Receipt& receipt, const std::vector<Line>& lines, const ClusterConfig& config) {
  std::cout << "proves: slot " << receipt.sequence().value << " executed request " << receipt.number.value << " of "
            << name_of_client(config, receipt.client) << "\n";
  for (const Line& line : lines) {
    std::cout << "  asked: " << words(line.command) << "\n  " << line.outcome;
    if (!line.reason.is_null()) std::cout << ": " << line.reason.get<std::string>();
    if (!line.result.is_null()) std::cout << ": " << words(line.result);
    std::cout << "\n";
  }
  const Quorums quorums = Quorums::byzantine(static_cast<std::uint32_t>(config.replicas.size()));
  std::cout << "  signed by replicas " << signers(receipt) << " of " << quorums.n
            << "; at least one of them is honest, "
            << "unless more than " << quorums.f << " of all lie\n";
}

int verify(const GlobalOptions& options, const ReceiptArguments& arguments) {
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  const auto config = load_cluster_config(arguments.roster);
  if (!config) throw UserError(config.error().message);
  const Roster roster = config->roster();
  const Ed25519Checker checker(roster);

  const std::expected<Receipt, std::string> receipt = read_receipt(arguments.file);
  std::string why_not = receipt ? "" : receipt.error();
  std::optional<std::vector<Line>> lines;
  if (receipt) {
    const auto judged = judge(*receipt, roster, checker);
    if (!judged) why_not = judged.error();
    else if (lines = lines_of(*receipt); !lines) why_not = "its outcome is in a form that this program does not know";
    if (config->engine != "pbft") why_not = "the roster's group signs no replies: its engine is " + config->engine;
    if (const std::string warning = config->bench.warning(); !warning.empty()) {
      why_not = "the roster's group is " + warning;
    }
  }
  const bool proves = why_not.empty();
  if (options.json) {
    print_json(proves ? proved_json(*receipt, *lines, *config) : Json{{"proves", false}, {"why", why_not}});
  } else if (proves) {
    print_proved(*receipt, *lines, *config);
  } else {
    std::cout << "proves nothing: " << why_not << "\n";
  }
  return proves ? kDone : kRefused;
}

}  // namespace

void add_receipt_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* receipt = app.add_subcommand("receipt", "proof of what the group answered");
  receipt->fallthrough();
  receipt->require_subcommand(1);
  CLI::App* command = receipt->add_subcommand("verify", "checks a receipt, offline, with public keys alone");
  command->fallthrough();
  const auto a = std::make_shared<ReceiptArguments>();
  command->add_option("file", a->file, "the receipt")->required();
  command->add_option("--roster", a->roster, "a cluster.toml with the public keys")->required();
  command->callback([&options, &exit_code, a] { exit_code = verify(options, *a); });
}

}  // namespace breakwater::cli

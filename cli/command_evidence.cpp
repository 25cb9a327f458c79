// evidence verify: who lied, offline, with public keys alone.
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/proof_file.hpp"
#include "cli/store_files.hpp"
#include "crypto/keys.hpp"
#include "pbft/evidence.hpp"

namespace breakwater::cli {

namespace {

struct EvidenceArguments {
  std::string file, roster;
};

constexpr std::size_t kMaxFileBytes = pbft::kMaxProofBodyBytes + 4096;

std::expected<pbft::Evidence, std::string> read_evidence(const std::string& file) {
  const std::expected<Bytes, std::string> bytes = read_proof_file(file, kMaxFileBytes);
  if (!bytes) return std::unexpected(bytes.error());
  const std::optional<pbft::Evidence> evidence = pbft::decode_evidence(*bytes);
  if (!evidence || pbft::encode(*evidence) != *bytes) return std::unexpected("the file is no canonical evidence");
  return *evidence;
}

Json statement_json(const SignedStatement& s) {
  return {{"bytes", to_hex(s.statement.encode())}, {"signature", to_hex(s.signature.view())}};
}

int verify(const GlobalOptions& options, const EvidenceArguments& arguments) {
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  auto config = load_cluster_config(arguments.roster);
  if (!config) throw UserError(config.error().message);
  const Roster roster = config->roster();
  const Ed25519Checker checker(roster);

  std::expected<pbft::Conviction, std::string> judged;
  Json json = {{"convicts", false}, {"accused", nullptr}, {"kind", nullptr}, {"why", nullptr}};
  Json statements = Json::array();
  Json public_key = nullptr;
  const std::expected<pbft::Evidence, std::string> evidence = read_evidence(arguments.file);
  if (evidence) {
    judged = pbft::judge(*evidence, checker, judging_config(*config, roster));
    statements.push_back(statement_json(evidence->first));
    if (evidence->second) statements.push_back(statement_json(*evidence->second));
    if (const PublicKey* key = roster.key_of(evidence->first.statement.signer)) public_key = to_hex(key->view());
  } else {
    judged = std::unexpected(evidence.error());
  }
  if (judged) {
    json["convicts"] = true;
    json["accused"] = judged->accused.value;
    json["kind"] = judged->kind;
  }
  json["why"] = judged ? judged->why : judged.error();
  json["statements"] = std::move(statements);
  json["public_key"] = std::move(public_key);
  if (options.json) {
    print_json(json);
  } else if (judged) {
    std::cout << "convicts replica " << judged->accused.value << ": " << judged->why << "\n";
  } else {
    std::cout << "convicts nobody: " << judged.error() << "\n";
  }
  return judged ? kDone : kRefused;
}

}  // namespace

void add_evidence_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* evidence = app.add_subcommand("evidence", "proof of who lied");
  evidence->fallthrough();
  evidence->require_subcommand(1);
  CLI::App* command = evidence->add_subcommand("verify", "checks an evidence file, offline, with public keys alone");
  command->fallthrough();
  const auto a = std::make_shared<EvidenceArguments>();
  command->add_option("file", a->file, "the evidence")->required();
  command->add_option("--roster", a->roster, "a cluster.toml with the public keys")->required();
  command->callback([&options, &exit_code, a] { exit_code = verify(options, *a); });
}

}  // namespace breakwater::cli

// store export, import, verify: a checkpoint as a portable file.
#include <iostream>
#include <memory>

#include "audit/checkpoint_file.hpp"
#include "cli/commands.hpp"
#include "cli/engine_tools.hpp"
#include "cli/offline_store.hpp"
#include "cli/output.hpp"
#include "cli/proof_file.hpp"
#include "cli/store_files.hpp"
#include "crypto/authenticator.hpp"

namespace breakwater::cli {

namespace {

using audit::CheckpointFile;

struct FileArguments {
  std::uint32_t replica = 0;
  std::string file, roster;
};

std::string described(const CheckpointFile& file) {
  std::string text = "checkpoint " + std::to_string(file.sequence.value) + " of cluster " +
                     to_hex(file.cluster.view()).substr(0, 16) + ", " + std::to_string(file.leaves.size()) +
                     " leaves, root " + to_hex(file.root.view()).substr(0, 16);
  if (!file.certificate) return text + "; unsigned: this group's replicas sign nothing, nobody vouches for it";
  text += ", certified by";
  for (const Certificate::Entry& entry : file.certificate->entries) text += " " + std::to_string(entry.signer.value);
  return text;
}

Json file_json(const CheckpointFile& file) {
  Json signers = Json::array();
  if (file.certificate) {
    for (const Certificate::Entry& entry : file.certificate->entries) signers.push_back(entry.signer.value);
  }
  return {{"format", audit::kCheckpointFormat},
          {"cluster", to_hex(file.cluster.view())},
          {"engine", file.engine},
          {"sequence", file.sequence.value},
          {"root", to_hex(file.root.view())},
          {"leaves", file.leaves.size()},
          {"certified", file.certificate.has_value()},
          {"signers", std::move(signers)}};
}

void tell(const GlobalOptions& options, const CheckpointFile& file, const std::string& done) {
  if (options.json) print_json(file_json(file));
  else std::cout << done << ": " << described(file) << "\n";
}

// Throws UserError for a file that this group has no reason to believe.
CheckpointFile believed(const std::string& path, const ClusterConfig& config) {
  const auto bytes = read_proof_file(path, audit::kMaxCheckpointBytes);
  if (!bytes) throw UserError(path + ": " + bytes.error());
  auto file = audit::decode_checkpoint_file(*bytes);
  if (!file) throw UserError(path + ": " + file.error());
  const Roster roster = config.roster();
  const Ed25519Checker checker(roster);
  const auto refusal = audit::refusal_of(*file, config.cluster, config.engine, audit_group(config, roster, checker));
  if (refusal) throw UserError(path + ": " + *refusal);
  return std::move(*file);
}

int export_checkpoint(const GlobalOptions& options, const FileArguments& a) {
  const Harbor harbor = open_harbor(options);
  const ReplicaId id = stopped_replica(harbor, a.replica);
  if (auto possible = can_write_new_file(a.file); !possible) throw UserError(possible.error());
  const FileCheck found = check_offline(harbor, id);
  if (!found.sound()) {
    throw UserError((harbor.replica_dir(id) / "store").string() + " is damaged: " + found.problems().front() +
                    "; export another replica's");
  }
  const auto store = StoreFile::open(harbor, id);
  const Roster roster = harbor.config.roster();
  const Ed25519Checker checker(roster);
  const audit::Group group = audit_group(harbor.config, roster, checker);
  const auto file = audit::read_checkpoint(store->store(), harbor.config.cluster, harbor.config.engine, group);
  if (!file) throw UserError(file.error().message);
  // What is written must be what others will take.
  if (const auto refusal = audit::refusal_of(*file, harbor.config.cluster, harbor.config.engine, group)) {
    throw UserError(store->store().where() + ": its checkpoint is no good: " + *refusal + "; export another replica's");
  }
  if (auto written = write_new_file(a.file, audit::encode(*file)); !written) throw UserError(written.error());
  tell(options, *file, a.file);
  return kDone;
}

int import_checkpoint(const GlobalOptions& options, const FileArguments& a) {
  const Harbor harbor = open_harbor(options);
  const ReplicaId id = stopped_replica(harbor, a.replica);
  const CheckpointFile file = believed(a.file, harbor.config);
  const std::filesystem::path directory = harbor.replica_dir(id) / "store";
  auto disk = LmdbDisk::open(directory, OpenMode::read_write);
  if (!disk) throw UserError(disk.error().message);
  auto store = Store::open(**disk, {harbor.config.cluster, id, harbor.config.replicas.at(id).incarnation});
  if (!store) throw UserError(store.error().message);
  if (!store->was_empty()) {
    throw UserError(directory.string() + " holds a store already; a checkpoint is imported into an empty one only");
  }
  if (auto filled = fill_imported(*store, audit::history_in(file), audit::records_of(file)); !filled) {
    throw UserError(filled.error().message);
  }
  tell(options, file, directory.string());
  return kDone;
}

int verify_checkpoint(const GlobalOptions& options, const FileArguments& a) {
  const auto config =
      load_cluster_config(a.roster.empty() ? options.harbor() / "cluster.toml" : std::filesystem::path(a.roster));
  if (!config) throw UserError(config.error().message);
  tell(options, believed(a.file, *config), a.file);
  return kDone;
}

}  // namespace

void add_store_file_commands(CLI::App& store, GlobalOptions& options, int& exit_code) {
  const auto a = std::make_shared<FileArguments>();
  const auto add = [&](const char* name, const char* what, int (*run)(const GlobalOptions&, const FileArguments&)) {
    CLI::App* command = store.add_subcommand(name, what);
    command->fallthrough();
    command->add_option("FILE", a->file, "the checkpoint's file")->required();
    command->callback([&options, &exit_code, a, run] { exit_code = run(options, *a); });
    return command;
  };
  add("export", "the replica's certified checkpoint as a portable file", export_checkpoint)
      ->add_option("--replica", a->replica, "whose")
      ->required();
  add("import", "such a file into a replica's empty store", import_checkpoint)
      ->add_option("--replica", a->replica, "whose")
      ->required();
  add("verify", "is it a checkpoint of the group, by its public keys?", verify_checkpoint)
      ->add_option("--roster", a->roster, "the group's cluster.toml (default: the harbor's)");
}

}  // namespace breakwater::cli

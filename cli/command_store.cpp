// store: one replica's store, offline. check: what in it is sound.
#include <iostream>
#include <memory>

#include "audit/store_report.hpp"
#include "cli/commands.hpp"
#include "cli/engine_tools.hpp"
#include "cli/offline_store.hpp"
#include "cli/output.hpp"
#include "cli/store_files.hpp"
#include "crypto/authenticator.hpp"
#include "store/repair.hpp"

namespace breakwater::cli {

namespace {

struct StoreArguments {
  std::uint32_t replica = 0;
};

Json optional_number(const std::optional<SequenceNumber>& n) { return n ? Json(n->value) : Json(nullptr); }

Json tables_json(const ContentCheck& content) {
  Json tables = Json::array();
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const TableCheck& table = content.tables[t];
    Json damaged = Json::array();
    for (const Bytes& key : table.damaged_keys) damaged.push_back(to_hex(key));
    tables.push_back({{"table", name_of(static_cast<Table>(t))},
                      {"records", table.records},
                      {"bytes", table.bytes},
                      {"damaged", table.damaged},
                      {"damaged_keys", std::move(damaged)},
                      {"complete", table.complete}});
  }
  return tables;
}

Json report_json(const audit::StoreReport& report) {
  return {{"checkpoint", optional_number(report.checkpoint)},
          {"root", report.root ? Json(to_hex(report.root->view())) : Json(nullptr)},
          {"stable_checkpoint", optional_number(report.stable_checkpoint)},
          {"certified", report.checkpoint_is_certified},
          {"first_slot", optional_number(report.first_slot)},
          {"last_slot", optional_number(report.last_slot)},
          {"slots_beyond_gap", report.slots_beyond_gap},
          {"certificates_checked", report.signatures.certificates_checked},
          {"certificates_invalid", report.signatures.certificates_invalid},
          {"requests_checked", report.signatures.requests_checked},
          {"evidence", report.evidence}};
}

void print_check(const FileCheck& check, const std::optional<audit::StoreReport>& report) {
  std::cout << "pages     " << check.pages << ", of them " << check.free_pages << " free\n";
  if (check.content.head) std::cout << "writes    " << check.content.head->transactions << " transactions\n";
  for (std::size_t t = 0; t < kTableCount && !check.fault; ++t) {
    const TableCheck& table = check.content.tables[t];
    const std::string name(name_of(static_cast<Table>(t)));
    std::cout << name << std::string(12 - name.size(), ' ') << table.records << " records, " << table.bytes << " bytes"
              << (table.sound() ? "\n" : "  DAMAGED\n");
  }
  if (!report) return;
  if (report->checkpoint) {
    std::cout << "checkpoint " << report->checkpoint->value
              << (report->checkpoint_is_certified ? ", certified\n" : "\n");
  }
  if (report->first_slot) {
    std::cout << "slots " << report->first_slot->value << " to " << report->last_slot->value << ", "
              << report->signatures.certificates_checked - report->signatures.certificates_invalid
              << " with a good certificate\n";
  }
  if (report->evidence != 0) std::cout << report->evidence << " pieces of evidence\n";
}

// The slots that its next start drops, when that is all that it takes (store/repair.hpp).
std::optional<SequenceNumber> mended_by_a_start(const Harbor& harbor, ReplicaId id, const FileCheck& found) {
  if (found.sound() || found.fault) return std::nullopt;
  const auto file = StoreFile::open(harbor, id);
  const auto checkpoint = checkpoint_of(file->store());
  return checkpoint ? droppable_archive(found.content, *checkpoint) : std::nullopt;
}

int check(const GlobalOptions& options, const StoreArguments& arguments) {
  const Harbor harbor = open_harbor(options);
  const ReplicaId id = stopped_replica(harbor, arguments.replica);
  const FileCheck found = check_offline(harbor, id);
  std::vector<std::string> problems = found.problems();
  std::optional<audit::StoreReport> report;
  if (found.sound()) {
    const auto file = StoreFile::open(harbor, id);
    const Roster roster = harbor.config.roster();
    const Ed25519Checker checker(roster);
    report = audit::read_store(audit_group(harbor.config, roster, checker), file->store());
    problems = report->problems;
  }
  const std::optional<SequenceNumber> dropped = mended_by_a_start(harbor, id, found);
  if (options.json) {
    Json json{{"replica", id.value},
              {"sound", problems.empty()},
              {"mended_by_a_start", dropped.has_value()},
              {"problems", problems},
              {"pages", found.pages},
              {"free_pages", found.free_pages},
              {"transactions", found.content.head ? Json(found.content.head->transactions) : Json(nullptr)},
              {"tables", tables_json(found.content)},
              {"contents", report ? report_json(*report) : Json(nullptr)}};
    print_json(json);
  } else {
    print_check(found, report);
    for (const std::string& line : problems) std::cout << "DAMAGED: " << line << "\n";
    if (problems.empty()) std::cout << "sound\n";
    else if (!dropped) std::cout << "damaged: this replica must not vote on it\n";
    else
      std::cout << "damaged in what it need not remember: its next start drops the slots up to " << dropped->value
                << "\n";
  }
  return problems.empty() ? kDone : kRefused;
}

}  // namespace

void add_store_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("store", "one replica's store, offline");
  command->fallthrough();
  command->require_subcommand(1);
  const auto a = std::make_shared<StoreArguments>();
  CLI::App* checking = command->add_subcommand("check", "what in it is sound; exit code 1 when something is damaged");
  checking->fallthrough();
  checking->add_option("--replica", a->replica, "whose store")->required();
  checking->callback([&options, &exit_code, a] { exit_code = check(options, *a); });
  add_store_file_commands(*command, options, exit_code);
}

}  // namespace breakwater::cli

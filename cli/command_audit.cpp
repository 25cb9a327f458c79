// audit: reads every store of the harbor and checks it all.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <span>

#include "cli/commands.hpp"
#include "cli/engine_tools.hpp"
#include "cli/harbor_audit.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

namespace {

struct EvidenceFile {
  const pbft::Evidence& evidence;
  std::filesystem::path file;
};

// <harbor>/evidence/replica-0-conflicting_pre_prepares-v0-s20.bwe; a second contradiction of one kind and place differs
// in its last word.
std::vector<EvidenceFile> write_evidence(const Harbor& harbor, const std::vector<pbft::Evidence>& found) {
  std::vector<EvidenceFile> files;
  if (found.empty()) return files;
  const std::filesystem::path directory = harbor.dir / "evidence";
  std::filesystem::create_directories(directory);
  for (const pbft::Evidence& evidence : found) {
    const Bytes bytes = pbft::encode(evidence);
    const std::string name = "replica-" + std::to_string(evidence.accused().value) + "-" +
                             std::string(pbft::name_of(evidence.kind)) + "-v" + std::to_string(evidence.view().value) +
                             "-s" + std::to_string(evidence.sequence().value) + "-" +
                             to_hex(hash("evidence", bytes).view()).substr(0, 8) + ".bwe";
    const std::filesystem::path file = directory / name;
    const std::filesystem::path part = file.string() + "." + std::to_string(::getpid());
    std::ofstream out(part, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw UserError(part.string() + ": cannot be written; make room, or make the harbor writable");
    std::filesystem::rename(part, file);
    files.push_back({evidence, file});
  }
  return files;
}

Json conflicts_json(const audit::Report& report) {
  Json conflicts = Json::array();
  for (const audit::Conflict& conflict : report.conflicts) {
    Json digests = Json::array(), replicas = Json::array();
    for (const auto& [digest, holders] : conflict.replicas) {
      digests.push_back(to_hex(digest.view()));
      Json ids = Json::array();
      for (const ReplicaId id : holders) ids.push_back(id.value);
      replicas.push_back(std::move(ids));
    }
    conflicts.push_back(
        {{"sequence", conflict.sequence.value}, {"digests", std::move(digests)}, {"replicas", std::move(replicas)}});
  }
  return conflicts;
}

Json accountability_json(const audit::Report& report) {
  switch (report.accountability) {
    case audit::Accountability::complete: return "complete";
    case audit::Accountability::indeterminate: return "indeterminate";
    case audit::Accountability::no_conflict: break;
  }
  return nullptr;
}

void print_accountability(const audit::Report& report, const Harbor& harbor) {
  if (report.accountability == audit::Accountability::no_conflict) return;
  if (tools_of(harbor.config).signs) {
    const Quorums quorums = harbor.quorums();
    std::cout << "  it takes " << quorums.weak << " replicas that lie to decide a slot twice; " << report.accused.size()
              << " of " << quorums.n << " are proven guilty by their signatures\n";
  }
  if (report.accountability == audit::Accountability::indeterminate) {
    std::cout << "  who is guilty is indeterminate: " << report.indeterminate_because << "\n";
  }
}

Json report_json(const HarborAudit& audit, const std::vector<EvidenceFile>& files, const Harbor& harbor) {
  const audit::Report& report = audit.report;
  Json evidence = Json::array(), accused = Json::array(), missing_stores = Json::array(), damage = Json::array();
  for (const EvidenceFile& file : files) {
    evidence.push_back({{"accused", file.evidence.accused().value},
                        {"kind", pbft::name_of(file.evidence.kind)},
                        {"view", file.evidence.view().value},
                        {"sequence", file.evidence.sequence().value},
                        {"file", file.file.string()}});
  }
  for (const ReplicaId id : report.accused) accused.push_back(id.value);
  for (const ReplicaId id : audit.missing) missing_stores.push_back(id.value);
  for (const audit::Damage& d : report.damage) damage.push_back({{"replica", d.replica.value}, {"what", d.what}});
  return {
      {"verdict", report.violated() ? "violated" : "safe"},
      {"engine", harbor.config.engine},
      {"survives", survives(harbor.config.kind(), harbor.quorums())},
      {"slots", report.slots},
      {"conflicts", conflicts_json(report)},
      {"double_sold", sales_json(report.double_sold)},
      {"certificates",
       {{"checked", report.signatures.certificates_checked}, {"invalid", report.signatures.certificates_invalid}}},
      {"requests", {{"checked", report.signatures.requests_checked}, {"forged", report.signatures.requests_forged}}},
      {"evidence", std::move(evidence)},
      {"evidence_rejected", report.signatures.evidence_rejected},
      {"accused", std::move(accused)},
      {"accountability", accountability_json(report)},
      {"state_digests_equal", report.state_digests_equal},
      {"common_checkpoint", report.common_checkpoint ? Json(report.common_checkpoint->value) : Json(nullptr)},
      {"damage", std::move(damage)},
      {"missing_stores", std::move(missing_stores)}};
}

// What the verdict stands on.
void print_grounds(const audit::Report& report, const Harbor& harbor) {
  const audit::Signatures::Counts& counts = report.signatures;
  if (tools_of(harbor.config).signs) {
    std::cout << "  " << counts.certificates_checked << " commit certificates checked, " << counts.certificates_invalid
              << " invalid; " << counts.requests_checked << " client signatures checked, " << counts.requests_forged
              << " forged\n";
  } else {
    std::cout
        << "  nothing here is signed: the logs are compared, and a replica that lies cannot be told from one that "
           "was lied to\n";
  }
  if (!report.state_digests_equal) std::cout << "  state digests DIFFER";
  else
    std::cout << (report.common_checkpoint ? "  state digests equal" : "  no common checkpoint to compare states by");
  if (report.common_checkpoint) std::cout << " at checkpoint " << report.common_checkpoint->value;
  std::cout << "\n";
}

// The first few of many.
constexpr std::size_t kListed = 20;
void print_rest(std::size_t all, const char* what) {
  if (all > kListed) std::cout << "  and " << all - kListed << " more " << what << "; --json lists all\n";
}

void print_report(const HarborAudit& audit, const std::vector<EvidenceFile>& files, const Harbor& harbor) {
  const audit::Report& report = audit.report;
  const Quorums quorums = harbor.quorums();
  std::cout << (report.violated() ? "VIOLATED" : "safe") << ": " << report.slots << " slots in "
            << harbor.config.replicas.size() - audit.missing.size() << " stores of a " << harbor.config.engine
            << " group; of its replicas " << survives(harbor.config.kind(), quorums) << "\n";
  for (const audit::Conflict& c : std::span(report.conflicts).first(std::min(kListed, report.conflicts.size()))) {
    std::cout << "  slot " << c.sequence.value << " was decided in " << c.replicas.size() << " ways\n";
  }
  print_rest(report.conflicts.size(), "slots");
  for (const audit::DoubleSale& sale :
       std::span(report.double_sold).first(std::min(kListed, report.double_sold.size()))) {
    std::cout << "  voyage " << sale.suite.voyage << ", suite " << sale.suite.suite << " was sold to";
    for (const booking::BookingNumber b : sale.bookings) std::cout << " " << b;
    std::cout << "\n";
  }
  print_rest(report.double_sold.size(), "suites");
  if (report.double_sold.empty()) std::cout << "  no suite was sold twice\n";
  print_grounds(report, harbor);
  for (const audit::Damage& d : report.damage) std::cout << "  damaged: " << d.what << "\n";
  for (const ReplicaId id : audit.missing) std::cout << "  replica " << id.value << " has no store here\n";
  print_accountability(report, harbor);
  for (const ReplicaId id : report.accused) std::cout << "  accused: replica " << id.value << "\n";
  for (const EvidenceFile& file : files) std::cout << "    " << file.file.string() << "\n";
  if (!files.empty()) {
    std::cout << "  check one with public keys alone: breakwater evidence verify FILE --roster "
              << harbor.cluster_file().string() << "\n";
  }
}

int audit_harbor(const GlobalOptions& options) {
  const Harbor harbor = open_harbor(options);
  const bool watched = ::isatty(STDERR_FILENO) != 0;
  const auto progress = [&](ReplicaId id, SequenceNumber n) {
    if (watched && n.value % 256 == 0) {
      std::cerr << "\rreplica " << id.value << ", slot " << n.value << "   " << std::flush;
    }
  };
  const HarborAudit audit = audit_stores(harbor, progress);
  if (watched) std::cerr << "\r                              \r";
  const std::vector<EvidenceFile> evidence = write_evidence(harbor, audit.report.evidence);
  if (options.json) print_json(report_json(audit, evidence, harbor));
  else print_report(audit, evidence, harbor);
  return audit.report.violated() ? kRefused : kDone;
}

}  // namespace

void add_audit_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("audit", "reads every store of the harbor and checks it all");
  command->fallthrough();
  command->callback([&options, &exit_code] { exit_code = audit_harbor(options); });
}

}  // namespace breakwater::cli

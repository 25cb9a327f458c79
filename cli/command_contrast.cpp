// contrast: the four fault models, Raft beside PBFT, on real processes.

#include <iomanip>
#include <iostream>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/contrast.hpp"
#include "cli/live_group.hpp"
#include "cli/output.hpp"
#include "cli/temporary_directory.hpp"

namespace breakwater::cli {

namespace {

struct ContrastArguments {
  std::string keep, only;
  bool over_budget = false;
};

struct Row {
  Fault fault;
  std::optional<ContrastResult> raft, pbft;

  bool as_expected() const { return (!raft || raft->as_expected) && (!pbft || pbft->as_expected); }
};

// Where the harbors are made: to be kept, or removed at the end.
class Place {
 public:
  explicit Place(const std::string& keep) {
    if (!keep.empty()) {
      path_ = std::filesystem::absolute(keep);
      std::error_code failure;
      if (std::filesystem::exists(path_, failure) && !std::filesystem::is_directory(path_, failure)) {
        throw UserError("--keep " + keep + " is no directory; name another");
      }
      if (std::filesystem::exists(path_, failure) && !std::filesystem::is_empty(path_, failure)) {
        throw UserError("--keep " + keep + " exists and is not empty; name another directory, or remove it");
      }
      std::filesystem::create_directories(path_, failure);
      if (failure) {
        throw UserError("--keep " + keep + " cannot be made: " + failure.message() + "; name another directory");
      }
      return;
    }
    path_ = make_temporary_directory("contrast");
    removed_.emplace(path_);
  }

  const std::filesystem::path& path() const { return path_; }
  bool is_kept() const { return !removed_; }

 private:
  std::filesystem::path path_;
  std::optional<Removed> removed_;
};

Json result_json(const std::optional<ContrastResult>& r, bool kept) {
  if (!r) return nullptr;
  Json accused = Json::array();
  for (const ReplicaId id : r->accused) accused.push_back(id.value);
  return {{"n", r->quorums.n},
          {"f", r->quorums.f},
          {"safe", r->safe},
          {"live", r->live},
          {"over_f", r->over_f ? Json({{"safe", r->over_f->safe}, {"live", r->over_f->live}}) : Json(nullptr)},
          {"double_sold", sales_json(r->double_sold)},
          {"recovery_ms", r->recovery ? Json(r->recovery->count()) : Json(nullptr)},
          {"accused", std::move(accused)},
          {"proofs", r->proofs},
          {"harbor", kept ? Json(r->harbor.string()) : Json(nullptr)},
          {"as_expected", r->as_expected},
          {"detail", r->detail}};
}

std::string accused_text(const ContrastResult& r) {
  std::string text;
  for (const ReplicaId id : r.accused) text += (text.empty() ? "replica " : ", ") + std::to_string(id.value);
  if (text.empty()) return r.safe ? "-" : "nobody: nothing is signed";
  std::string proofs;
  for (const std::string& proof : r.proofs) proofs += (proofs.empty() ? "" : ", ") + proof;
  return text + " (" + proofs + ")";
}

void print_line(const std::string& fault, const ContrastResult& r) {
  std::ostringstream back;
  if (r.recovery) back << std::fixed << std::setprecision(1) << static_cast<double>(r.recovery->count()) / 1000 << " s";
  else back << "never";
  const std::string over = !r.over_f        ? ""
                           : r.over_f->live ? "GOES ON"
                           : r.over_f->safe ? "stops, safe"
                                            : "stops, UNSAFE";
  std::cout << std::left << std::setw(16) << fault << std::setw(6) << r.engine << std::setw(3) << r.quorums.n
            << std::setw(6) << (r.safe ? "yes" : "NO") << std::setw(6) << (r.live ? "yes" : "NO") << std::right
            << std::setw(10) << r.double_sold.size() << std::setw(11) << back.str() << "  " << std::left
            << std::setw(13) << over << accused_text(r) << (r.as_expected ? "" : "   <-- NOT as the fault model says")
            << "\n";
}

// At most `width` columns, indented.
void print_paragraph(const std::string& heading, const std::string& text) {
  constexpr std::size_t kWidth = 110;
  std::cout << "\n" << heading << "\n";
  std::istringstream words(text);
  std::string line = " ";
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > kWidth) {
      std::cout << line << "\n";
      line = " ";
    }
    line += " " + word;
  }
  std::cout << line << "\n";
}

void print_rows(const std::vector<Row>& rows, const Place& place) {
  std::cout << "fault           engine n safe  live  sold twice  back after  beyond f     accused, on what proof\n";
  for (const Row& row : rows) {
    if (row.raft) print_line(std::string(row.fault.name), *row.raft);
    if (row.pbft) print_line(row.raft ? "" : std::string(row.fault.name), *row.pbft);
  }
  for (const Row& row : rows) {
    const std::string heading = std::string(row.fault.name) + ": " + std::string(row.fault.what);
    std::string text;
    if (row.raft) text += "Raft: " + row.raft->detail + " ";
    if (row.pbft) text += "PBFT: " + row.pbft->detail;
    print_paragraph(heading, text);
  }
  if (place.is_kept()) {
    std::cout << "\nThe harbors are in " << place.path().string() << "; audit one: breakwater audit --dir "
              << rows.front().pbft->harbor.string() << "\n";
  }
}

ContrastResult play(const Fault& fault, const std::string& engine, const Place& place) {
  if (::isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K" << fault.name << ", " << engine << " ..." << std::flush;
  return fault.play(place.path() / (engine + "-" + std::string(fault.name)), engine);
}

std::vector<Fault> chosen_faults(const ContrastArguments& a) {
  std::vector<Fault> faults = fault_models();
  const bool is_named = a.only == over_budget().name;
  if (!a.only.empty() && !is_named) {
    std::string known;
    for (const Fault& fault : faults) known += std::string(fault.name) + ", ";
    std::erase_if(faults, [&](const Fault& fault) { return fault.name != a.only; });
    if (faults.empty()) {
      throw UserError("--only " + a.only + ": the faults are " + known + std::string(over_budget().name));
    }
  }
  if (is_named) faults.clear();
  if (is_named || a.over_budget) faults.push_back(over_budget());
  return faults;
}

int contrast(const GlobalOptions& options, const ContrastArguments& a) {
  catch_interrupts();
  const std::vector<Fault> faults = chosen_faults(a);
  const Place place(a.keep);
  std::vector<Row> rows;
  try {
    for (const Fault& fault : faults) {
      Row row{fault, std::nullopt, std::nullopt};
      if (fault.raft) row.raft = play(fault, "raft", place);
      row.pbft = play(fault, "pbft", place);
      rows.push_back(std::move(row));
    }
  } catch (const ExperimentFailed& failure) {
    if (was_interrupted()) {
      std::cerr << "breakwater: contrast: interrupted; nothing is left running\n";
      return kUnknown;
    }
    throw UserError("contrast: " + std::string(failure.what()) + "; nothing is left running");
  }
  if (::isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K";
  if (options.json) {
    Json json = Json::array();
    for (const Row& row : rows) {
      json.push_back({{"fault", row.fault.name},
                      {"raft", result_json(row.raft, place.is_kept())},
                      {"pbft", result_json(row.pbft, place.is_kept())}});
    }
    print_json({{"rows", std::move(json)}});
  } else {
    print_rows(rows, place);
  }
  const bool as_expected = std::ranges::all_of(rows, [](const Row& row) { return row.as_expected(); });
  return as_expected ? kDone : kRefused;
}

}  // namespace

void add_contrast_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("contrast", "the four fault models, Raft beside PBFT, on real processes");
  command->fallthrough();
  const auto a = std::make_shared<ContrastArguments>();
  command->add_option("--keep", a->keep, "keep the harbors in this new directory, to be audited");
  command->add_option("--only", a->only, "one row: crash-stop, crash-recovery, partition, byzantine, over-budget");
  command->add_flag("--over-budget", a->over_budget, "also f+1 replicas that lie together, more than PBFT survives");
  command->callback([&options, &exit_code, a] { exit_code = contrast(options, *a); });
}

}  // namespace breakwater::cli

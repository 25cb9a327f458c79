// bench: the cost ladder, what distrust costs; and what attacks cost.
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>

#include "bench/report.hpp"
#include "bench/workload.hpp"
#include "cli/bench_attack.hpp"
#include "cli/bench_attack_output.hpp"
#include "cli/bench_output.hpp"
#include "cli/bench_run.hpp"
#include "cli/commands.hpp"
#include "cli/live_group.hpp"
#include "cli/temporary_directory.hpp"
#include "node/scheduling.hpp"
#include "node/version.hpp"

namespace breakwater::cli {

namespace {

struct BenchArguments {
  bench::Choice choice;
  std::string engine, report;
  std::uint32_t windows = 5, window_ms = 1000, warm_up_ms = 1000;
  double open_loop = 0;
  bool attack = false;
};

// What is to be measured, and came of it.
struct Plan {
  std::vector<bench::Rung> rungs;
  std::vector<bench::Attack> attacks;
  bench::Rung attacked;  // the group for all of them

  bool has_attacks() const { return !attacks.empty(); }
  std::vector<std::uint32_t> group_sizes() const;
};
struct Findings {
  std::vector<bench::Measurement> rungs;
  std::optional<bench::AttackReport> attacks;
};

void check(const bench::Rung& rung) {
  const EngineKind& engine = *engine_kind(name_of(rung.kind.protocol));
  const std::string name = rung.name();
  if (rung.kind.replicas < engine.least_replicas || rung.kind.replicas > kMostReplicas) {
    throw UserError("--replicas " + std::to_string(rung.kind.replicas) + ": a " + std::string(engine.name) +
                    " group has " + std::to_string(engine.least_replicas) + " to " + std::to_string(kMostReplicas));
  }
  // A request must fit into a batch, and be kept with its results.
  if (std::size_t{rung.bundle} * (rung.payload_bytes + 4) + 4 > kMaxRequestBodyBytes) {
    throw UserError(name + ": a request of so many bytes is not accepted; lower --bundle or --payload");
  }
}

std::vector<bench::Rung> chosen_rungs(const BenchArguments& a) {
  bench::Choice choice = a.choice;
  if (!a.engine.empty()) choice.protocol = a.engine == "raft" ? bench::Protocol::raft : bench::Protocol::pbft;
  if (choice.full && choice.is_by_hand()) throw UserError("--full is every rung; leave it out to choose some by hand");
  std::vector<bench::Rung> rungs = choose(choice);
  // An open loop has no number outstanding: rungs that differ in that alone are one.
  std::set<std::string> names;
  std::erase_if(rungs, [&](const bench::Rung& rung) { return !names.insert(rung.name(a.open_loop)).second; });
  if (rungs.empty() && !choice.pattern.empty()) {
    throw UserError("--only " + choice.pattern + ": no rung has that in its name, as in '" + bench::product().name() +
                    "'");
  }
  if (rungs.empty()) throw UserError("--outstanding counts commands: it must not be less than --bundle");
  for (const bench::Rung& rung : rungs) check(rung);
  return rungs;
}

std::vector<std::uint32_t> Plan::group_sizes() const {
  std::vector<std::uint32_t> sizes;
  sizes.reserve(rungs.size() + 1);
  for (const bench::Rung& rung : rungs) sizes.push_back(rung.kind.replicas);
  if (has_attacks()) sizes.push_back(attacked.kind.replicas);
  return sizes;
}

// The product, but for the figures given by hand: one of each.
bench::Rung attacked_group(const BenchArguments& a) {
  const bench::Choice& choice = a.choice;
  if (a.engine == "raft") throw UserError("--attack needs a group that survives a liar; leave out --engine raft");
  bench::Rung rung = bench::product();
  const auto take = [](const std::vector<std::uint32_t>& given, std::uint32_t& figure, const std::string& option) {
    if (given.size() > 1) throw UserError("--attack measures one group: give " + option + " one figure");
    if (!given.empty()) figure = given.front();
  };
  take(choice.replicas, rung.kind.replicas, "--replicas");
  take(choice.bundles, rung.bundle, "--bundle");
  take(choice.outstanding, rung.outstanding, "--outstanding");
  take(choice.payloads, rung.payload_bytes, "--payload");
  rung.durable = !choice.in_memory;
  if (rung.outstanding < rung.bundle) {
    throw UserError("--outstanding counts commands: it must not be less than --bundle");
  }
  check(rung);
  return rung;
}

Plan planned(const BenchArguments& a) {
  Plan plan;
  if (a.attack) {
    if (a.choice.full) throw UserError("--full has the attacks in it; leave out --attack, or --full");
    plan.attacked = attacked_group(a);
    plan.attacks = bench::choose_attacks(a.choice.pattern);
    if (plan.attacks.empty()) {
      throw UserError("--only " + a.choice.pattern + ": no attack has that in its name, as in 'silent'");
    }
    return plan;
  }
  plan.rungs = chosen_rungs(a);
  if (a.choice.full && a.choice.pattern.empty()) plan.attacks = bench::attacks();
  return plan;
}

void show_progress(const std::string& text) {
  if (::isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K" << text << std::flush;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[11] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
  return text;
}

// Opened before anything is measured, so that a mistake in its name costs no hour.
std::ofstream open_report(const std::string& file) {
  if (file.empty()) return {};
  std::ofstream out(file);
  if (!out) throw UserError("--report " + file + ": cannot be written; name a file in a directory that exists");
  return out;
}

void write_report(std::ofstream& out, const std::string& file, const std::string& page) {
  out << page;
  out.close();
  if (!out) throw UserError("--report " + file + ": cannot be written; free space on this disk");
}

// Before the first rung and after the last. Not in the class of the replicas, in which a commit that is done waits for
// whoever else computes: a floor is what the machine can do.
bench::Calibration calibrated(const Removed& place, const Plan& plan, int time) {
  show_progress("calibrating, " + std::to_string(time) + " of 2 ...");
  prefer_response();
  auto calibration = bench::calibrate(place.path(), plan.group_sizes());
  prefer_throughput();
  if (!calibration) throw UserError(calibration.error());
  return std::move(*calibration);
}

// Both stop when interrupted, with what there is by then.
void measure_rungs(const Plan& plan, const BenchTiming& timing, const Removed& place, Findings& findings) {
  for (std::size_t i = 0; i < plan.rungs.size() && !was_interrupted(); ++i) {
    show_progress(std::to_string(i + 1) + " of " + std::to_string(plan.rungs.size()) + ": " +
                  plan.rungs[i].name(timing.open_loop_per_s.value_or(0)) + " ...");
    findings.rungs.push_back(measure_rung(plan.rungs[i], timing, place.path() / std::to_string(i)));
  }
}

void measure_attacks(const Plan& plan, const BenchTiming& timing, const Removed& place, Findings& findings) {
  if (!plan.has_attacks() || was_interrupted()) return;
  show_progress("attacks: the group without a fault ...");
  const bench::FaultFree fault_free = measure_fault_free(plan.attacked, timing, place.path() / "no-fault");
  findings.attacks = bench::AttackReport{plan.attacked, timing.open_loop_per_s.value_or(0), fault_free, {}};
  for (std::size_t i = 0; i < plan.attacks.size() && !was_interrupted(); ++i) {
    const std::string name(plan.attacks[i].name);
    show_progress("attack " + std::to_string(i + 1) + " of " + std::to_string(plan.attacks.size()) + ": " + name +
                  " ...");
    findings.attacks->results.push_back(
        measure_attack(plan.attacks[i], plan.attacked, timing, fault_free, place.path() / name));
  }
}

// The reason why not all was measured, in a line; empty when all was.
std::string measure(const Plan& plan, const BenchTiming& timing, const Removed& place, Findings& findings) {
  try {
    measure_rungs(plan, timing, place, findings);
    measure_attacks(plan, timing, place, findings);
  } catch (const ExperimentFailed& failed) {
    if (!was_interrupted()) return failed.what();
  }
  return was_interrupted() ? "interrupted" : "";
}

BenchTiming timing_of(const BenchArguments& a) {
  BenchTiming timing;
  timing.windows = a.windows;
  timing.window = std::chrono::milliseconds(a.window_ms);
  timing.warm_up = std::chrono::milliseconds(a.warm_up_ms);
  if (a.open_loop > 0) timing.open_loop_per_s = a.open_loop;
  return timing;
}

void print_findings(const bench::Calibration& calibration, const std::vector<bench::RungResult>& rungs,
                    const std::optional<bench::AttackReport>& attacks) {
  if (!rungs.empty() || !attacks) print_bench(calibration, rungs);
  if (!rungs.empty() && attacks) std::cout << "\n";
  if (attacks) print_attacks(*attacks);
}

bool is_all_measured(const std::vector<bench::RungResult>& rungs, const std::optional<bench::AttackReport>& attacks) {
  return std::ranges::all_of(rungs, [](const bench::RungResult& r) { return r.throughput_per_s.median > 0; }) &&
         (!attacks || std::ranges::none_of(attacks->results, [](const auto& r) { return r.failure.has_value(); }));
}

int bench_command(const GlobalOptions& options, const BenchArguments& a) {
  const Plan plan = planned(a);
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  std::ofstream report = open_report(a.report);
  catch_interrupts();

  const Removed place(make_temporary_directory("bench"));  // of the harbors, made one after the other
  bench::Calibration calibration = calibrated(place, plan, 1);
  Findings findings;
  const std::string ended = measure(plan, timing_of(a), place, findings);
  // Attacks have no floors that the second one would improve.
  if (ended.empty() && !plan.rungs.empty()) calibration.improve(calibrated(place, plan, 2));
  std::vector<bench::RungResult> results;
  results.reserve(findings.rungs.size());
  for (bench::Measurement& m : findings.rungs) results.push_back(summarize(std::move(m), calibration));
  show_progress("");
  if (!a.report.empty()) {
    const std::string made = "breakwater " + std::string(kVersion) + " bench, " + today() +
                             (ended.empty() ? "" : "; not to its end: " + ended);
    write_report(report, a.report, bench::report_page(calibration, results, findings.attacks, made));
  }
  if (options.json) {
    Json json = bench_json(calibration, results);
    json["attacks"] = findings.attacks ? attacks_json(*findings.attacks) : Json::array();
    print_json(json);
  } else {
    print_findings(calibration, results, findings.attacks);
  }
  if (!ended.empty()) {
    std::cerr << "breakwater: bench: " << ended << " after " << results.size() << " of " << plan.rungs.size()
              << " rungs and " << (findings.attacks ? findings.attacks->results.size() : 0) << " of "
              << plan.attacks.size() << " attacks; nothing is left running\n";
    return kUnknown;
  }
  return is_all_measured(results, findings.attacks) ? kDone : kUnknown;
}

}  // namespace

void add_bench_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("bench", "the cost ladder: what distrust costs, on real processes");
  command->fallthrough();
  const auto a = std::make_shared<BenchArguments>();
  bench::Choice& choice = a->choice;
  command->add_flag("--full", choice.full,
                    "every rung, and the attacks, which takes about an hour; without it a few minutes' worth");
  command->add_flag("--attack", a->attack,
                    "instead of the ladder: throughput under attack, by a lying primary and by clients that flood, "
                    "beside the group without a fault; --replicas, --bundle, --outstanding and --payload change the "
                    "group, --only chooses attacks");
  command->add_option("--report", a->report, "also a page with the charts, in this file");
  command->add_option("--only", choice.pattern, "rungs (or attacks) with this in their names; * stands for anything");
  command->add_option("--engine", a->engine, "by hand: every kind of group of this engine")
      ->check(CLI::IsMember({"pbft", "raft"}));
  command->add_option("--replicas", choice.replicas, "by hand: every kind of group of these sizes")->delimiter(',');
  command->add_option("--bundle", choice.bundles, "by hand: commands in a request")
      ->delimiter(',')
      ->check(CLI::Range(1u, static_cast<std::uint32_t>(kMaxCommandsPerRequest)));
  command->add_option("--outstanding", choice.outstanding, "by hand: commands in flight, of all clients together")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096));
  command->add_option("--payload", choice.payloads, "by hand: bytes of a command, in the mean")
      ->delimiter(',')
      ->check(CLI::Range(bench::Workload::kLeastPayload, bench::Workload::kMostPayload));
  command->add_flag("--in-memory", choice.in_memory, "by hand: stores in memory, nothing synced");
  command->add_option("--windows", a->windows, "windows of a rung")->check(CLI::Range(1, 1000))->capture_default_str();
  command->add_option("--window-ms", a->window_ms, "length of a window")
      ->check(CLI::Range(50, 600000))
      ->capture_default_str();
  command->add_option("--warm-up-ms", a->warm_up_ms, "load before the first window")
      ->check(CLI::Range(0, 600000))
      ->capture_default_str();
  command->add_option("--open-loop", a->open_loop, "this many commands a second, whatever is answered")
      ->check(CLI::Range(1.0, 1e6));
  command->callback([&options, &exit_code, a] { exit_code = bench_command(options, *a); });
}

}  // namespace breakwater::cli

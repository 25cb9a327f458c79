// sim: the deterministic simulator for users: seeds, progress, a violation with its seed, trace and shrunk schedule.
#include <unistd.h>

#include <array>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/sim_trace.hpp"
#include "cli/sim_workers.hpp"
#include "sim/run.hpp"

namespace breakwater::cli {

namespace {

struct SimArguments {
  std::string engine = "pbft", replicas, seeds = "1..200", profile = "mixed";
  std::uint32_t commands = 100, jobs = 0;
  std::optional<std::uint64_t> seed;
  std::string trace;
  std::vector<std::string> byzantine;
  bool first = false;
};

std::pair<std::uint64_t, std::uint64_t> parse_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto number = [&](const std::string& part) -> std::uint64_t {
    std::size_t used = 0;
    std::uint64_t value = 0;
    try {
      value = std::stoull(part, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (part.empty() || used != part.size() || part[0] == '-' || value == 0) {
      throw UserError("--seeds: '" + text + "' is not A..B with A and B from 1");
    }
    return value;
  };
  const std::uint64_t first = number(text.substr(0, dots));
  const std::uint64_t last = dots == std::string::npos ? first : number(text.substr(dots + 2));
  if (last < first) throw UserError("--seeds: '" + text + "' counts down; write the lower seed first");
  return {first, last};
}

// As given, or the smallest group that survives one fault.
std::string replicas_of(const SimArguments& a) {
  if (!a.replicas.empty()) return a.replicas;
  return a.engine == "raft" ? "3" : "4";
}

// "ID=STRATEGY", as `start --byzantine` takes it. The caller guarantees that the engine and the size are known.
void add_liar(sim::PlanOptions& options, const std::string& item) {
  const std::size_t equals = item.find('=');
  const std::string id = item.substr(0, equals);
  const std::uint32_t smallest = options.engine == sim::Engines::raft ? 3 : 4;
  const std::uint32_t replicas = options.replicas == 0 ? smallest : options.replicas;
  if (equals == std::string::npos || id.size() != 1 || id[0] < '0' || id[0] >= '0' + static_cast<char>(replicas)) {
    throw UserError("--byzantine: '" + item + "' is not ID=STRATEGY with an id from 0 to " +
                    std::to_string(replicas - 1));
  }
  const bool raft = options.engine == sim::Engines::raft;
  const auto strategy =
      adversary::parse_strategy(item.substr(equals + 1), raft ? adversary::Group::raft : adversary::Group::pbft);
  if (!strategy) throw UserError("--byzantine: " + strategy.error());
  options.byzantine[static_cast<std::uint32_t>(id[0] - '0')] = strategy->text;
}

sim::PlanOptions plan_options(const SimArguments& a) {
  const bool raft = a.engine == "raft";
  if (!raft && a.engine != "pbft") throw UserError("--engine " + a.engine + ": choose pbft or raft");
  const auto profile = sim::profile_named(a.profile);
  if (!profile) throw UserError("--profile " + a.profile + ": choose mixed, calm, brutal or twins");
  sim::PlanOptions options;
  options.profile = *profile;
  options.commands = a.commands;
  options.engine = raft ? sim::Engines::raft : sim::Engines::pbft;
  options.replicas = 0;
  for (const std::uint32_t n : raft ? std::array{3u, 4u, 5u, 7u} : std::array{4u, 5u, 7u, 10u}) {
    if (replicas_of(a) == std::to_string(n)) options.replicas = n;
  }
  if (options.replicas == 0 && a.replicas != "mixed") {
    throw UserError("--replicas " + a.replicas + ": choose " + (raft ? "3, 4, 5, 7" : "4, 5, 7, 10") + " or mixed");
  }
  for (const std::string& item : a.byzantine) add_liar(options, item);
  return options;
}

std::string rerun_command(const SimArguments& a, std::uint64_t seed) {
  const std::string engine = a.engine == "pbft" ? "" : " --engine " + a.engine;
  std::string liars;
  for (const std::string& item : a.byzantine) liars += " --byzantine " + item;
  return "breakwater sim" + engine + " --replicas " + replicas_of(a) + " --commands " + std::to_string(a.commands) +
         " --profile " + a.profile + liars + " --seed " + std::to_string(seed);
}

void show_violation(const SimArguments& a, const SimFailure& failure) {
  std::cout << "VIOLATED " << failure.property << " with seed " << failure.seed << ": " << failure.detail
            << "\n  rerun: " << rerun_command(a, failure.seed) << "\n";
}

void show_faults(const sim::FaultCounts& faults) {
  std::cout << "  faults that took effect:";
  for (const auto& [name, count] : faults) std::cout << " " << name << " " << count;
  std::cout << "\n";
}

// One seed: shrunk when it fails, and its trace written where asked.
int run_one(const GlobalOptions& options, const SimArguments& a, std::uint64_t seed) {
  sim::Plan plan = sim::make_plan(seed, plan_options(a));
  sim::Outcome outcome = sim::run(plan);
  if (outcome.violation) {
    constexpr std::size_t kAttempts = 400;
    const std::string property = outcome.violation->property;
    plan = sim::shrink(std::move(plan), property, kAttempts);
    outcome = sim::run(plan);
  }
  std::filesystem::path diagram;
  if (!a.trace.empty()) diagram = write_sim_trace(a.trace, seed, plan);
  if (options.json) {
    nlohmann::json violations = nlohmann::json::array();
    if (outcome.violation) {
      violations.push_back({{"seed", seed},
                            {"property", outcome.violation->property},
                            {"detail", outcome.violation->detail},
                            {"shrunk", sim::describe(plan)},
                            {"rerun", rerun_command(a, seed)}});
    }
    std::ostringstream hash;
    hash << std::hex << std::setw(16) << std::setfill('0') << outcome.trace_hash;
    print_json({{"engine", a.engine},
                {"replicas", plan.options.replicas},
                {"seeds", 1},
                {"violations", violations},
                {"faults", outcome.faults},
                {"commands", outcome.commands},
                {"simulated_seconds", static_cast<double>(outcome.simulated_ms) / 1000},
                {"trace_hash", hash.str()}});
  } else {
    for (const std::string& line : sim::describe(plan)) std::cout << "  " << line << "\n";
    show_faults(outcome.faults);
    if (outcome.violation) {
      show_violation(a, {seed, outcome.violation->property, outcome.violation->detail});
      std::cout << "  shown is the smallest schedule found that still violates it\n";
    } else {
      std::cout << "seed " << seed << ": nothing violated; " << outcome.slots << " slots, " << outcome.commands
                << " commands, " << outcome.simulated_ms / 1000 << " simulated seconds\n";
    }
    if (!a.trace.empty()) std::cout << "trace: " << a.trace << ", sequence diagram: " << diagram.string() << "\n";
  }
  return outcome.violation ? kRefused : kDone;
}

int run_many(const GlobalOptions& options, const SimArguments& a) {
  const auto [first, last] = parse_range(a.seeds);
  const auto started = std::chrono::steady_clock::now();
  const std::uint32_t jobs = a.jobs > 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency());
  auto next_progress = started;
  const SimTotals totals = run_seeds(first, last, plan_options(a), jobs, a.first, [&](const SimTotals& now) {
    if (::isatty(STDERR_FILENO) == 0 || std::chrono::steady_clock::now() < next_progress) return;
    next_progress = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    std::cerr << "\r" << now.seeds << " of " << last - first + 1 << " seeds, " << now.failures.size() << " violations, "
              << now.simulated_ms / 3'600'000 << " simulated hours" << std::flush;
  });
  if (::isatty(STDERR_FILENO) != 0) std::cerr << "\n";
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (options.json) {
    nlohmann::json violations = nlohmann::json::array();
    for (const SimFailure& f : totals.failures) {
      violations.push_back(
          {{"seed", f.seed}, {"property", f.property}, {"detail", f.detail}, {"rerun", rerun_command(a, f.seed)}});
    }
    const nlohmann::json replicas =
        a.replicas == "mixed" ? nlohmann::json("mixed") : nlohmann::json(std::stoul(replicas_of(a)));
    std::ostringstream hash;
    hash << std::hex << std::setw(16) << std::setfill('0') << totals.trace_hash;
    print_json({{"engine", a.engine},
                {"replicas", replicas},
                {"seeds", totals.seeds},
                {"violations", violations},
                {"faults", totals.faults},
                {"commands", totals.commands},
                {"simulated_seconds", static_cast<double>(totals.simulated_ms) / 1000},
                {"seconds", seconds},
                {"trace_hash", hash.str()}});
  } else {
    for (const SimFailure& f : totals.failures) show_violation(a, f);
    std::cout << totals.seeds << " seeds, " << totals.failures.size() << " violations; " << totals.commands
              << " commands, " << std::fixed << std::setprecision(1)
              << static_cast<double>(totals.simulated_ms) / 3'600'000 << " simulated hours in " << seconds << " s ("
              << static_cast<double>(totals.seeds) * 60 / seconds << " seeds a minute)\n";
    show_faults(totals.faults);
  }
  return totals.failures.empty() ? kDone : kRefused;
}

}  // namespace

void add_sim_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("sim", "the deterministic simulator: seeded worlds that try to break the group");
  command->fallthrough();
  const auto a = std::make_shared<SimArguments>();
  command->add_option("--engine", a->engine, "pbft, or raft")->capture_default_str();
  command->add_option("--replicas", a->replicas,
                      "4 (default), 5, 7, 10 or mixed; under raft 3 (default), 4, 5, 7 or mixed");
  command->add_option("--seeds", a->seeds, "A..B")->capture_default_str();
  command->add_option("--commands", a->commands, "commands of each world")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
  command->add_option("--profile", a->profile, "mixed, calm, brutal, twins")->capture_default_str();
  command->add_option("--byzantine", a->byzantine, "ID=STRATEGY: this replica lies, and nobody drawn by seed");
  command->add_option("--jobs", a->jobs, "processes; 0: one per processor")->capture_default_str();
  command->add_option("--seed", a->seed, "one seed, its schedule shown; shrunk when it fails");
  command->add_option("--trace", a->trace,
                      "with --seed: a readable trace, and beside it, as FILE.mmd, a sequence diagram of its last part");
  command->add_flag("--first", a->first, "stop at the first violation");
  command->callback([&options, &exit_code, a] {
    if (!a->trace.empty() && !a->seed) throw UserError("--trace needs --seed N");
    exit_code = a->seed ? run_one(options, *a, *a->seed) : run_many(options, *a);
  });
}

}  // namespace breakwater::cli

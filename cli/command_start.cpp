// start: every local replica of the harbor that is not running.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <set>
#include <thread>

#include "cli/commands.hpp"
#include "cli/group_status.hpp"
#include "cli/init_harbor.hpp"
#include "cli/output.hpp"
#include "cli/process.hpp"
#include "node/engine_kit.hpp"
#include "node/process_table.hpp"

namespace breakwater::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;

struct StartArguments {
  InitArguments init;
  bool detach = false;
  std::vector<std::string> byzantine;
};

// "0=equivocate:from=20": replica 0. Checked before anything is started.
std::map<ReplicaId, std::string> liars(const Harbor& harbor, const std::vector<std::string>& given) {
  std::map<ReplicaId, std::string> out;
  for (const std::string& item : given) {
    const std::size_t equals = item.find('=');
    const std::string id_text = item.substr(0, equals);
    if (equals == std::string::npos || id_text.empty() || id_text.size() > 4 ||
        id_text.find_first_not_of("0123456789") != std::string::npos) {
      throw UserError("--byzantine '" + item + "': write it as ID=STRATEGY[:key=value,...]");
    }
    const ReplicaId id(static_cast<std::uint32_t>(std::stoul(id_text)));
    if (!harbor.config.replicas.contains(id)) {
      throw UserError("--byzantine '" + item + "': this harbor has replicas 0 to " +
                      std::to_string(harbor.config.replicas.size() - 1));
    }
    const auto strategy = parse_strategy(harbor.config, item.substr(equals + 1));
    if (!strategy) throw UserError("--byzantine: " + strategy.error());
    if (!harbor.config.fault_injection) {
      throw UserError("--byzantine needs fault_injection = true in " + harbor.cluster_file().string() +
                      "; make such a harbor with 'breakwater init --fault-injection'");
    }
    if (!out.emplace(id, item.substr(equals + 1)).second)
      throw UserError("--byzantine names replica " + id_text + " twice");
  }
  return out;
}

class Started {
 public:
  Started(const Harbor& harbor, const std::map<ReplicaId, std::string>& byzantine) : harbor_(harbor) {
    for (const auto& [id, replica] : harbor.config.replicas) {
      const auto liar = byzantine.find(id);
      if (!is_local(replica)) continue;
      if (running_replica(harbor.dir, id.value)) {
        if (liar != byzantine.end()) {
          throw UserError("replica " + std::to_string(id.value) + " is running already; stop it before it can lie");
        }
        continue;
      }
      pids_[id] = spawn_replica(harbor, id, liar == byzantine.end() ? "" : liar->second);
    }
  }
  // The replicas that ended since the last call.
  std::vector<ReplicaId> fallen() {
    std::vector<ReplicaId> out;
    for (auto it = pids_.begin(); it != pids_.end();) {
      if (has_ended(it->second)) {
        out.push_back(it->first);
        it = pids_.erase(it);
      } else {
        ++it;
      }
    }
    return out;
  }
  void stop() {
    std::vector<pid_t> all;
    all.reserve(pids_.size());
    for (const auto& [id, pid] : pids_) all.push_back(pid);
    stop_processes(all, std::chrono::seconds(10));
  }
  std::string describe_fall(ReplicaId id) const {
    const std::string line = last_log_line(harbor_, id);
    return "replica " + std::to_string(id.value) + " ended" + (line.empty() ? "" : ": " + line);
  }
  std::size_t count() const { return pids_.size(); }
  bool runs(ReplicaId id) const { return pids_.contains(id); }

 private:
  const Harbor& harbor_;
  std::map<ReplicaId, pid_t> pids_;
};

constexpr auto kSettling = std::chrono::seconds(3);  // of what was started, once a quorum answers

std::set<ReplicaId> joined(const Harbor& harbor) {
  return ask_group(harbor, std::chrono::milliseconds(200), false).joined();
}

// Until each replica that was started takes part or has ended: one that must refuse to start takes a moment to know.
void settle(const Harbor& harbor, Started& started, std::vector<std::string>& falls) {
  const auto deadline = Client::Clock::now() + kSettling;
  while (Client::Clock::now() < deadline && interrupted == 0) {
    for (const ReplicaId id : started.fallen()) falls.push_back(started.describe_fall(id));
    const std::set<ReplicaId> there = joined(harbor);
    const bool all = std::ranges::all_of(harbor.config.replicas, [&](const auto& replica) {
      return !started.runs(replica.first) || there.contains(replica.first);
    });
    if (all) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Until a quorum answers; false when time runs out. Replicas that cannot start are told of in `falls`; too many of them
// are a UserError, after which nothing that was started is left.
bool wait_for_quorum(const Harbor& harbor, Started& started, std::chrono::milliseconds timeout,
                     std::vector<std::string>& falls) {
  const Quorums quorums = harbor.quorums();
  const auto deadline = Client::Clock::now() + timeout;
  while (Client::Clock::now() < deadline && interrupted == 0) {
    for (const ReplicaId id : started.fallen()) falls.push_back(started.describe_fall(id));
    if (falls.size() > quorums.n - quorums.quorum) {
      started.stop();
      throw UserError(falls[0]);
    }
    if (joined(harbor).size() >= quorums.quorum) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

int start(const GlobalOptions& options, const StartArguments& arguments) {
  if (!std::filesystem::exists(options.harbor() / "cluster.toml")) {
    if (!arguments.byzantine.empty() && !arguments.init.fault_injection) {
      throw UserError(
          "--byzantine needs a harbor with fault injection: add --fault-injection, and this one is made so");
    }
    init_harbor(options.harbor(), arguments.init);
  }
  const Harbor harbor = open_harbor(options);
  const std::map<ReplicaId, std::string> byzantine = liars(harbor, arguments.byzantine);
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  Started started(harbor, byzantine);
  std::vector<std::string> falls;
  const bool ready = wait_for_quorum(harbor, started, options.timeout_or(30), falls);
  if (ready) settle(harbor, started, falls);
  for (const ReplicaId id : started.fallen()) falls.push_back(started.describe_fall(id));
  for (const std::string& fall : falls) std::cerr << "breakwater: " << fall << "\n";
  if (!ready) {
    if (!arguments.detach || interrupted != 0) started.stop();
    if (interrupted != 0) {
      std::cerr << "breakwater: interrupted before a quorum answered; nothing of it is left running\n";
      return kUnknown;
    }
    std::cerr << "breakwater: no quorum answered in time; see " << (harbor.dir / "replica-0/log").string() << "\n";
    return kUnknown;
  }
  if (options.json) {
    print_json({{"ready", true}, {"started", started.count()}, {"harbor", harbor.dir.string()}});
  } else {
    std::cout << "ready" << std::endl;
  }
  if (arguments.detach) return falls.empty() ? kDone : kUserError;
  while (interrupted == 0) {
    for (const ReplicaId id : started.fallen()) std::cerr << "breakwater: " << started.describe_fall(id) << "\n";
    if (started.count() == 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  started.stop();
  return kDone;
}

}  // namespace

void add_start_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("start", "every replica of the harbor; makes the harbor when it is missing");
  command->fallthrough();
  const auto a = std::make_shared<StartArguments>();
  add_init_options(*command, a->init);
  command->add_flag("--detach", a->detach, "return when a quorum answers");
  command->add_option("--byzantine", a->byzantine, "ID=STRATEGY[:key=value,...]: a replica that lies")
      ->allow_extra_args(false);
  command->callback([&options, &exit_code, a] { exit_code = start(options, *a); });
}

}  // namespace breakwater::cli

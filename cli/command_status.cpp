// status: the group at a glance, from the replicas themselves.
#include <csignal>
#include <iomanip>
#include <iostream>
#include <thread>

#include "cli/commands.hpp"
#include "cli/group_status.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

namespace {

Json replica_json(ReplicaId id, const GroupStatus& group) {
  const auto it = group.reports.find(id);
  if (it == group.reports.end()) {
    return {{"id", id.value},
            {"up", false},
            {"role", nullptr},
            {"view", nullptr},
            {"chosen", nullptr},
            {"executed", nullptr},
            {"stable_checkpoint", nullptr},
            {"state_digest", nullptr},
            {"suspects", Json::array()},
            {"byzantine", nullptr},
            {"cut_off", Json::array()},
            {"uptime_s", nullptr},
            {"rss_bytes", nullptr}};
  }
  const StatusReport& r = it->second;
  Json suspects = Json::array();
  for (const ReplicaId suspect : r.suspects) suspects.push_back(suspect.value);
  Json cut_off = Json::array();
  for (const ReplicaId peer : r.cut_off) cut_off.push_back(peer.value);
  Json counters = Json::object();
  for (const auto& [name, value] : r.counters) counters[name] = value;
  return {{"id", id.value},
          {"up", true},
          {"role", r.role},
          {"view", r.view.value},
          {"chosen", r.chosen.value},
          {"executed", r.executed.value},
          {"stable_checkpoint", r.stable_checkpoint.value},
          {"state_digest", to_hex(r.state_digest.view())},
          {"suspects", std::move(suspects)},
          {"byzantine", r.byzantine.empty() ? Json(nullptr) : Json(r.byzantine)},
          {"cut_off", std::move(cut_off)},
          {"uptime_s", r.uptime_s},
          {"rss_bytes", r.rss_bytes},
          {"waiting_for", r.waiting_for},
          {"counters", std::move(counters)}};
}

void print_table(const Harbor& harbor, const GroupStatus& group) {
  const Quorums q = harbor.quorums();
  std::cout << "cluster " << to_hex(harbor.config.cluster.view()).substr(0, 16) << "  engine " << harbor.config.engine
            << "  n " << q.n << "  " << survives(harbor.config.kind(), q) << "  quorum " << q.quorum << " "
            << (group.quorum_healthy ? "healthy" : "NOT HEALTHY") << "\n";
  if (const std::string warning = harbor.config.bench.warning(); !warning.empty()) {
    std::cout << "*** " << warning << " ***\n";
  }
  std::cout << "  id  role           view    chosen  executed    stable  state     notes\n";
  for (const auto& [id, entry] : harbor.config.replicas) {
    const auto it = group.reports.find(id);
    std::cout << std::setw(4) << id.value << "  ";
    if (it == group.reports.end()) {
      std::cout << "down\n";
      continue;
    }
    const StatusReport& r = it->second;
    std::cout << std::left << std::setw(13) << r.role << std::right << std::setw(6) << r.view.value << std::setw(10)
              << r.chosen.value << std::setw(10) << r.executed.value << std::setw(10) << r.stable_checkpoint.value
              << "  " << to_hex(r.state_digest.view()).substr(0, 8) << "  ";
    if (!r.byzantine.empty()) std::cout << "BYZANTINE: " << r.byzantine << "  ";
    if (!r.cut_off.empty()) {
      std::cout << "CUT OFF from";
      for (const ReplicaId peer : r.cut_off) std::cout << " " << peer.value;
      std::cout << "  ";
    }
    if (!r.suspects.empty()) {
      std::cout << "convicted:";
      for (const ReplicaId suspect : r.suspects) std::cout << " " << suspect.value;
      std::cout << "  ";
    }
    if (!r.waiting_for.empty()) std::cout << "waits for " << r.waiting_for;
    std::cout << "\n";
  }
  if (const std::uint32_t absent = group.absent(q); absent > 0) {
    std::cout << absent << " of " << q.n << " take no part: "
              << (absent < q.f    ? std::to_string(q.f - absent) + " more may crash"
                  : absent == q.f ? "if one more crashes, the group stops"
                                  : "the group has stopped")
              << "\n";
  }
}

int show_status(const Harbor& harbor, const GlobalOptions& options) {
  const GroupStatus group = ask_group(harbor, options.timeout_or(3), true);
  if (!options.json) {
    print_table(harbor, group);
  } else {
    const Quorums q = harbor.quorums();
    const std::string warning = harbor.config.bench.warning();
    Json replicas = Json::array();
    for (const auto& [id, entry] : harbor.config.replicas) replicas.push_back(replica_json(id, group));
    print_json({{"engine", harbor.config.engine},
                {"n", q.n},
                {"f", q.f},
                {"quorum", q.quorum},
                {"quorum_healthy", group.quorum_healthy},
                {"cluster", to_hex(harbor.config.cluster.view())},
                {"survives", survives(harbor.config.kind(), q)},
                {"absent", group.absent(q)},
                {"insecure", warning.empty() ? Json(nullptr) : Json(warning)},
                {"replicas", std::move(replicas)}});
  }
  return group.reports.size() >= harbor.quorums().quorum ? kDone : kUnknown;
}

}  // namespace

void add_status_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("status", "the group at a glance, from the replicas themselves");
  command->fallthrough();
  const auto watch = std::make_shared<bool>(false);
  command->add_flag("--watch", *watch, "again every second, until interrupted");
  command->callback([&options, &exit_code, watch] {
    const Harbor harbor = open_harbor(options);
    exit_code = show_status(harbor, options);
    while (*watch) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      if (!options.json) std::cout << "\033[H\033[2J";
      exit_code = show_status(harbor, options);
    }
  });
}

}  // namespace breakwater::cli

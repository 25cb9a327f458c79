#include "cli/live_group.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

#include "cli/process.hpp"

namespace breakwater::cli {

namespace {

constexpr auto kLook = std::chrono::milliseconds(20);  // between two looks at a condition
constexpr auto kPatience = std::chrono::seconds(30);   // for what a sound group does at once

volatile std::sig_atomic_t interrupted = 0;

Harbor make_harbor(const std::filesystem::path& dir, const std::string& engine) {
  InitArguments init;
  init.engine = engine;
  init.fault_injection = true;
  return {dir, init_harbor(dir, init)};
}

}  // namespace

bool was_interrupted() { return interrupted != 0; }

void catch_interrupts() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, [](int) { interrupted = 1; });
}

void wait_for(const std::function<bool()>& condition, std::chrono::milliseconds timeout, const std::string& what) {
  const auto deadline = Client::Clock::now() + timeout;
  while (!condition()) {
    if (was_interrupted()) throw ExperimentFailed("interrupted");
    if (Client::Clock::now() >= deadline) throw ExperimentFailed(what + " did not come in time");
    std::this_thread::sleep_for(kLook);
  }
}

// Delegates, so that whatever is thrown from here on finds a whole object, whose destructor stops what was started.
LiveGroup::LiveGroup(const Harbor& harbor, const std::map<ReplicaId, std::string>& byzantine)
    : LiveGroup(harbor, Idle{}) {
  for (const auto& [id, replica] : harbor_.config.replicas) {
    const auto liar = byzantine.find(id);
    start(id, liar == byzantine.end() ? "" : liar->second);
  }
  const auto works = [&] {
    const GroupStatus now = status();
    return now.quorum_healthy && now.joined().size() == pids_.size();
  };
  wait_for(works, kPatience, "a working group in " + harbor_.dir.string());
}

LiveGroup::LiveGroup(const std::filesystem::path& dir, const std::string& engine,
                     const std::map<ReplicaId, std::string>& byzantine)
    : LiveGroup(make_harbor(dir, engine), byzantine) {}

LiveGroup::~LiveGroup() { stop_all(); }

std::set<ReplicaId> LiveGroup::running() const {
  std::set<ReplicaId> ids;
  for (const auto& [id, pid] : pids_) ids.insert(id);
  return ids;
}

GroupStatus LiveGroup::status() const { return ask_group(harbor_, std::chrono::milliseconds(300), false); }

ReplicaId LiveGroup::leader() const {
  std::optional<ReplicaId> leader;
  const auto leads = [&] {
    std::optional<ViewNumber> latest;
    for (const auto& [id, report] : status().reports) {
      if (report.role != harbor_.config.kind().leading_role || (latest && report.view <= *latest)) continue;
      latest = report.view;
      leader = id;
    }
    return leader.has_value();
  };
  wait_for(leads, kPatience, "a leader");
  return *leader;
}

void LiveGroup::wait_until_level(const std::set<ReplicaId>& but) const {
  const auto level = [&] {
    const GroupStatus now = status();
    std::set<std::pair<ViewNumber, SequenceNumber>> places;
    std::size_t counted = 0;
    for (const auto& [id, report] : now.reports) {
      if (but.contains(id) || !pids_.contains(id)) continue;
      places.emplace(report.view, report.executed);
      ++counted;
    }
    const auto left_out = std::ranges::count_if(but, [&](ReplicaId id) { return pids_.contains(id); });
    return places.size() == 1 && counted + static_cast<std::size_t>(left_out) == pids_.size();
  };
  wait_for(level, kPatience, "one state at all replicas");
}

void LiveGroup::kill(ReplicaId id) {
  const pid_t pid = pids_.at(id);
  ::kill(pid, SIGKILL);
  wait_for([&] { return has_ended(pid); }, kPatience, "the end of a killed process");
  pids_.erase(id);
}

void LiveGroup::start(ReplicaId id, const std::string& byzantine) { pids_[id] = spawn_replica(harbor_, id, byzantine); }

void LiveGroup::stop_all() {
  std::vector<pid_t> all;
  all.reserve(pids_.size());
  for (const auto& [id, pid] : pids_) all.push_back(pid);
  stop_processes(all, std::chrono::seconds(10));
  pids_.clear();
}

}  // namespace breakwater::cli

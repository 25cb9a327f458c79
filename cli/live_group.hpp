// A harbor of real processes that a command makes, breaks and looks at.
#pragma once

#include "cli/group_status.hpp"
#include "cli/init_harbor.hpp"

namespace breakwater::cli {

// A condition that an experiment waited for and that did not come, or an interruption by the user. In one line.
struct ExperimentFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Owns the processes: none outlives it. One thread.
class LiveGroup {
 public:
  // Starts all replicas of a fresh harbor, and waits until each has joined and a quorum works. Throws UserError,
  // ExperimentFailed.
  explicit LiveGroup(const Harbor& harbor, const std::map<ReplicaId, std::string>& byzantine = {});
  // Makes the harbor before that, with fault injection.
  LiveGroup(const std::filesystem::path& dir, const std::string& engine,
            const std::map<ReplicaId, std::string>& byzantine);
  ~LiveGroup();
  LiveGroup(const LiveGroup&) = delete;
  LiveGroup& operator=(const LiveGroup&) = delete;

  const Harbor& harbor() const { return harbor_; }
  std::set<ReplicaId> running() const;
  const std::map<ReplicaId, pid_t>& processes() const { return pids_; }

  GroupStatus status() const;
  // The one that orders requests, as it says itself; of several the one in the latest view or term. Waits for one.
  ReplicaId leader() const;
  // Until all running replicas, of which `but` is left out, are in one view or term and have executed the same.
  void wait_until_level(const std::set<ReplicaId>& but = {}) const;

  // kill -9; returns when the process is gone.
  void kill(ReplicaId id);
  void start(ReplicaId id, const std::string& byzantine = "");
  void stop_all();

 private:
  struct Idle {};
  LiveGroup(Harbor harbor, Idle) : harbor_(std::move(harbor)) {}

  Harbor harbor_;
  std::map<ReplicaId, pid_t> pids_;
};

// Waits for `condition`, looking now and then; throws ExperimentFailed that says `what` did not come.
void wait_for(const std::function<bool()>& condition, std::chrono::milliseconds timeout, const std::string& what);

// True once the user has pressed Ctrl-C. The handler is set by catch_interrupts().
bool was_interrupted();
void catch_interrupts();

}  // namespace breakwater::cli

// Replica processes of a harbor: starting, watching and stopping them.
#pragma once

#include <sys/types.h>

#include <chrono>

#include "cli/harbor.hpp"

namespace breakwater::cli {

// Exec's this program as `replica --dir D --id N ...` in a session of its own, stdin closed, output appended to
// replica-N/log, no other descriptor inherited. Throws UserError.
pid_t spawn_replica(const Harbor& harbor, ReplicaId id, const std::string& byzantine);

// True when the process has ended (a child is reaped).
bool has_ended(pid_t pid);

// SIGTERM, and SIGKILL for what has not ended after `patience`. Returns those that had to be killed.
std::vector<pid_t> stop_processes(std::vector<pid_t> pids, std::chrono::milliseconds patience);

// The last line of a replica's log; empty without one.
std::string last_log_line(const Harbor& harbor, ReplicaId id);

}  // namespace breakwater::cli

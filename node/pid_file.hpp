// replica-N/pid: which process runs a replica.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

namespace breakwater {

// The process that runs replica `id` of `harbor`, if one does: its pid file names a live process whose command line is
// that replica's, and that was not killed. A stale file gives nothing.
std::optional<pid_t> running_replica(const std::filesystem::path& harbor, std::uint32_t id);

// Waits, at most ten seconds, for a killed process of this replica that the kernel is not done with: it still holds the
// store and the ports.
void wait_for_predecessor(const std::filesystem::path& harbor, std::uint32_t id);

// Written atomically at construction, removed at destruction if it is still this process's.
class PidFile {
 public:
  explicit PidFile(std::filesystem::path file);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::filesystem::path file_;
};

}  // namespace breakwater

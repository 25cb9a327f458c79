// Which processes of this machine run replicas of a harbor, however they were started.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

namespace breakwater {

// What the short-lived child of a replica that checks its store is called (node/store_guard.hpp): its command line is
// the replica's, but it is none.
inline constexpr const char* kStoreCheckName = "bw-store-check";

// The process that runs replica `id` of `harbor`, if one does and was not killed. Found by its command line and
// directory, from the moment it is started: a pid file comes later, may outlive its process, and its number may be
// another's by then.
std::optional<pid_t> running_replica(const std::filesystem::path& harbor, std::uint32_t id);

// Waits, at most ten seconds, for killed processes of this replica that the kernel is not done with: they still hold
// the store and the ports.
void wait_for_predecessor(const std::filesystem::path& harbor, std::uint32_t id);

}  // namespace breakwater

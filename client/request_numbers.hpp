// Request numbers of a client, allocated durably under a lock, so that processes may share a client.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "replication/ids.hpp"

namespace breakwater {

// The next `count` numbers of the client whose directory this is: the first of them. Before it returns they are spent
// on disk, so no other process, and no later run, gets them again. A group remembers a window of numbers per client
// (replication/sessions.hpp): take no more than are used soon. The error is one line with the mend.
std::expected<RequestNumber, std::string> allocate_request_numbers(const std::filesystem::path& client_directory,
                                                                   std::uint64_t count);

}  // namespace breakwater

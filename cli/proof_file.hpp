// Files that prove something, evidence and receipts: read whole or not at all, written whole or not at all.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "replication/bytes.hpp"

namespace breakwater::cli {

// The error says in a few words why the file cannot be read, or that it is longer than `max` bytes; no more than that
// is ever read of it.
std::expected<Bytes, std::string> read_proof_file(const std::filesystem::path& file, std::size_t max);

// Why a new file of that name cannot come to be, as far as one can tell beforehand; one line with the mend.
std::expected<void, std::string> can_write_new_file(const std::filesystem::path& file);

// Under its name it is there whole and synced, or not at all; what had that name before stays. The error is one line
// with the mend.
std::expected<void, std::string> write_new_file(const std::filesystem::path& file, ByteView bytes);

}  // namespace breakwater::cli

// The control plane's part of `book`: its subcommands, and the conditions --fence and --epoch.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "booking/commands.hpp"

namespace breakwater::cli {

// Adds a subcommand of `book` that sends what `make` gives.
using AddBookCommand =
    std::function<CLI::App*(const char* name, const char* help, std::function<booking::Command()> make)>;

// assign-shard, acquire, renew, release, check-fence, bump-epoch.
void add_control_commands(const AddBookCommand& add);

// --fence J:T and --epoch E, into `guard`.
void add_guard_options(CLI::App* command, const std::shared_ptr<booking::Guard>& guard);

// "nightly:7": the job and its token, at the last colon. Throws UserError, which names the flag.
booking::Fence parse_fence(const std::string& text);

// A line for people; empty for a result of another command.
std::string describe_control(const booking::Result& result);

}  // namespace breakwater::cli

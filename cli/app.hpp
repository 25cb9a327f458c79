// What every subcommand shares: global options, exit codes, errors.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace breakwater::cli {

enum ExitCode : int { kDone = 0, kRefused = 1, kUserError = 2, kUnknown = 3 };

struct GlobalOptions {
  std::string dir;  // as given; empty: $BREAKWATER_DIR, then ./harbor
  bool json = false;
  std::optional<double> timeout_s;

  std::filesystem::path harbor() const;  // absolute
  std::chrono::milliseconds timeout_or(double seconds) const;
};

// A user's mistake or a broken environment: one line that names the thing and the mend. Caught once, in main; exit
// code 2.
struct UserError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int run(int argc, char** argv);

}  // namespace breakwater::cli

#include "cli/app.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "cli/commands.hpp"

namespace breakwater::cli {

namespace {

constexpr const char* kQuickStart = R"(Breakwater: a Byzantine-fault-tolerant booking authority.

  breakwater start --detach                               four replicas in ./harbor
  breakwater book --as operator open --voyage V1 --class C --suites 12
  breakwater book reserve --voyage V1 --class C --booking 8841
  breakwater status                                       the group at a glance
  breakwater audit                                        check every store
  breakwater stop

With a liar among them:

  breakwater init --dir h --fault-injection
  breakwater start --dir h --detach --byzantine 0=equivocate

'breakwater --help' lists all commands; each knows --help.
)";

// CLI11's message, on one line.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

// A whole number in decimal digits, without the zeros before it: CLI11 by itself takes 010 for eight and 0x10 for
// sixteen, and a number that is too large for the largest.
std::string decimal(std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || error != std::errc{}) {
    return "'" + text + "' is not a whole number from 0 to " + std::to_string(UINT64_MAX) + " in decimal digits";
  }
  text = std::to_string(value);
  return "";
}

// Of every option that takes a whole number, of this command and those under it.
void read_numbers_as_decimal(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (type.starts_with("UINT") || type.starts_with("INT")) option->transform(CLI::Validator(decimal, ""));
  }
  for (CLI::App* under : app.get_subcommands([](CLI::App*) { return true; })) read_numbers_as_decimal(*under);
}

}  // namespace

std::filesystem::path GlobalOptions::harbor() const {
  const char* from_environment = std::getenv("BREAKWATER_DIR");
  const std::string chosen = !dir.empty()                                            ? dir
                             : from_environment != nullptr && *from_environment != 0 ? from_environment
                                                                                     : "harbor";
  return std::filesystem::absolute(chosen).lexically_normal();
}

std::chrono::milliseconds GlobalOptions::timeout_or(double seconds) const {
  return std::chrono::milliseconds(std::llround(timeout_s.value_or(seconds) * 1000));
}

int run(int argc, char** argv) {
  CLI::App app("A Byzantine-fault-tolerant booking authority.", "breakwater");
  GlobalOptions options;
  int exit_code = kDone;
  app.fallthrough();
  app.add_option("--dir", options.dir, "the harbor's directory (default: $BREAKWATER_DIR, then ./harbor)");
  app.add_flag("--json", options.json, "one JSON document on one line of stdout");
  app.add_option("--timeout", options.timeout_s, "how long to wait for the group, in seconds")
      ->check(CLI::Range(0.001, 1e6));
  add_init_command(app, options, exit_code);
  add_start_command(app, options, exit_code);
  add_stop_command(app, options, exit_code);
  add_replica_command(app, options, exit_code);
  add_status_command(app, options, exit_code);
  add_book_command(app, options, exit_code);
  add_replay_command(app, options, exit_code);
  add_log_command(app, options, exit_code);
  add_audit_command(app, options, exit_code);
  add_evidence_command(app, options, exit_code);
  add_receipt_command(app, options, exit_code);
  add_rejoin_command(app, options, exit_code);
  add_partition_command(app, options, exit_code);
  add_contrast_command(app, options, exit_code);
  add_bench_command(app, options, exit_code);
  add_store_command(app, options, exit_code);
  add_sim_command(app, options, exit_code);
  app.require_subcommand(0, 1);
  read_numbers_as_decimal(app);
  if (argc == 1) {
    std::cout << kQuickStart;
    return kDone;
  }
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw UserError("no command given; 'breakwater --help' lists them");
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::cerr << "breakwater: " << one_line(error.what()) << "; see 'breakwater --help'\n";
    return kUserError;
  } catch (const UserError& error) {
    std::cerr << "breakwater: " << one_line(error.what()) << "\n";
    return kUserError;
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << "breakwater: " << one_line(error.what()) << "; check that path\n";
    return kUserError;
  }
  return exit_code;
}

}  // namespace breakwater::cli

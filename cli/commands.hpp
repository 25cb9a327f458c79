// The subcommands: one file each. Each function registers its command; running it sets the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/app.hpp"

namespace breakwater::cli {

void add_init_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_start_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_stop_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_replica_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_status_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_book_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_replay_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_log_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_audit_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_evidence_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_receipt_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_rejoin_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_partition_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_contrast_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_bench_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_store_command(CLI::App& app, GlobalOptions& options, int& exit_code);
void add_store_file_commands(CLI::App& store, GlobalOptions& options, int& exit_code);
void add_sim_command(CLI::App& app, GlobalOptions& options, int& exit_code);

}  // namespace breakwater::cli

#include "cli/receipt_keeper.hpp"

#include <iostream>

#include "cli/proof_file.hpp"

namespace breakwater::cli {

namespace {
// How long to go on asking for signed replies once the outcome is known.
constexpr auto kPatience = std::chrono::seconds(3);
}  // namespace

ReceiptKeeper::ReceiptKeeper(const Harbor& harbor, const std::string& file)
    : file_(file), weak_quorum_(harbor.quorums().weak), roster_(harbor.config.roster()), checker_(roster_) {
  if (harbor.config.engine != "pbft") {
    throw UserError("no receipt from a group with engine \"" + harbor.config.engine + "\" (" +
                    harbor.cluster_file().string() +
                    "): its replicas trust each other and sign nothing; ask a PBFT group, or leave --receipt out");
  }
  if (const std::string warning = harbor.config.bench.warning(); !warning.empty()) {
    throw UserError("no receipt from this group (" + harbor.cluster_file().string() + "): it is " + warning +
                    "; leave --receipt out");
  }
  if (const auto possible = can_write_new_file(file_); !possible) throw UserError(possible.error());
}

void ReceiptKeeper::ask(Client& client) const { client.want_receipts(roster_, checker_, kPatience); }

void ReceiptKeeper::keep(const Outcome& outcome) {
  if (outcome.receipt) {
    const auto written = write_new_file(file_, encode(*outcome.receipt));
    trouble_ = written ? "" : written.error();
    if (!written) exit_code_ = kUserError;
  } else if (outcome.status == ReplyStatus::executed) {
    trouble_ = "no receipt: only " + std::to_string(outcome.signed_replies) + " of the " +
               std::to_string(weak_quorum_) + " replicas that it takes still had their signature of slot " +
               std::to_string(outcome.sequence.value) +
               "; the outcome stands, and a new request gets a new one: 'breakwater book --receipt FILE show ...'";
  } else {
    trouble_ = "no receipt: the group did not execute the request";
  }
}

int ReceiptKeeper::report(const GlobalOptions& options, int booked) const {
  if (kept()) {
    if (!options.json) std::cout << "  receipt " << file_ << "\n";
    return booked;
  }
  std::cerr << "breakwater: " << trouble_ << "\n";
  return booked == kDone ? exit_code_ : booked;
}

}  // namespace breakwater::cli

// What `book --receipt FILE` does beside booking: asks for signed replies and keeps the receipt.
#pragma once

#include "cli/harbor.hpp"

namespace breakwater::cli {

// Not movable; it must outlive the client that it asks.
class ReceiptKeeper {
 public:
  // Throws UserError, before anything is sent: the group signs no replies, the file exists, or it could not be written.
  ReceiptKeeper(const Harbor& harbor, const std::string& file);
  ReceiptKeeper(const ReceiptKeeper&) = delete;
  ReceiptKeeper& operator=(const ReceiptKeeper&) = delete;

  void ask(Client& client) const;
  // Writes the receipt, if one came with the outcome: a whole file or none.
  void keep(const Outcome& outcome);
  bool kept() const { return trouble_.empty(); }
  const std::string& file() const { return file_; }
  // Says in a line where the receipt is, or on stderr why there is none and how to mend that. Gives the exit code:
  // `booked` when it was kept, or when the answer was no anyway.
  int report(const GlobalOptions& options, int booked) const;

 private:
  std::string file_;
  std::uint32_t weak_quorum_;
  Roster roster_;
  Ed25519Checker checker_;
  std::string trouble_ = "no outcome yet";  // why there is no receipt
  int exit_code_ = kUnknown;                // when there is none
};

}  // namespace breakwater::cli

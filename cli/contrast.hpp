// The four fault models, each played on real processes under both engines.
#pragma once

#include <functional>
#include <optional>

#include "cli/harbor_audit.hpp"

namespace breakwater::cli {

// What one fault came to under one engine. The audit of the stores says what was safe and who is accused; the clients
// say what was live.
struct ContrastResult {
  std::string engine;
  Quorums quorums{};
  bool safe = false;  // the audit objects to nothing, and nothing acknowledged is missing
  bool live = false;  // writes were accepted after the fault
  struct OverF {
    bool safe, live;
  };
  std::optional<OverF> over_f;  // with one fault more than the group survives
  std::vector<audit::DoubleSale> double_sold;
  std::optional<std::chrono::milliseconds> recovery;  // from the fault to the first write accepted after it
  std::set<ReplicaId> accused;
  std::set<std::string> proofs;  // kinds of evidence against them
  std::filesystem::path harbor;
  std::string detail;        // why, in a paragraph
  bool as_expected = false;  // it came as the fault model says
};

struct Fault {
  std::string_view name;  // "crash-stop", ...
  std::string_view what;  // in a few words
  // `dir` is where the harbor is to be made. Throws UserError, ExperimentFailed.
  ContrastResult (*play)(const std::filesystem::path& dir, const std::string& engine);
  bool raft;  // played under Raft too
};

// crash-stop, crash-recovery, partition, byzantine.
const std::vector<Fault>& fault_models();
// f+1 replicas that lie together, which PBFT does not survive either.
const Fault& over_budget();

}  // namespace breakwater::cli

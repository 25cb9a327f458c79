// What a replica does at its start with the file that it finds, and all that comes of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "node/cluster_config.hpp"
#include "node/engine_kit.hpp"
#include "store/lmdb_check.hpp"

namespace breakwater::damage {

// One replica of a stopped harbor: its configuration and keys. One thread.
class Restart {
 public:
  // `scratch`: an empty directory, on a disk in memory if possible.
  Restart(const std::filesystem::path& harbor, ReplicaId id, std::filesystem::path scratch);

  struct Outcome {
    bool repaired = false;
    Digest promises;             // journal, evidence, transcripts, identity
    Digest state;                // of the application, with its sessions, and of the roots
    Digest sent;                 // in the first ticks, and in answer to retried requests
    std::vector<Digest> served;  // archived slots, the last first
    // The same start; after a repair, but for the slots that were dropped.
    bool like(const Outcome& sound) const;
  };
  // As breakwater replica does after the check: the start, then work that turns over the free pages, and the check
  // again. Nothing: a clean stop. An error: something went wrong after the check had let the file pass.
  std::expected<std::optional<Outcome>, std::string> run(ByteView file, const FileCheck& check);

 private:
  std::expected<Outcome, std::string> start(ByteView file, const std::optional<SequenceNumber>& drop);

  ClusterConfig cluster_;
  ReplicaId id_;
  Roster roster_;
  std::unique_ptr<EngineKit> kit_;
  std::filesystem::path scratch_;
  Bytes held_;  // what the last start left there; kept for its room
};

}  // namespace breakwater::damage

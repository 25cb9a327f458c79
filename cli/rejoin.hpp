// Bringing a replica back as its next incarnation: because it lost its store, or to change its keys.
#pragma once

#include <sys/types.h>

#include <functional>

#include "cli/group_status.hpp"
#include "cli/harbor.hpp"

namespace breakwater::cli {

// Steps that are each durable before the next one begins, so that a run that was interrupted is taken up again:
//   1. replica-N/rejoin says that it is under way, and whether its store is lost; replica-N/key.next has the new keys
//   2. the group executes the readmission (the same one again, when the answer to it was lost)
//   3. lost: the old store is put aside; kept: the old key becomes key.<its incarnation>. Then cluster.toml, then the
//   key
//   4. the replica starts; commands that change nothing carry the group to the checkpoint from which it counts
class Rejoin {
 public:
  struct Outcome {
    Incarnation incarnation;
    SequenceNumber readmitted, effective;
    bool lost = false;     // it started from an empty store
    bool resumed = false;  // an earlier run had begun it
    std::uint64_t advances = 0;
    bool votes = false;     // else time ran out: run it again
    std::string waits_for;  // then
  };

  // Throws UserError for a replica that cannot be readmitted from here. `say`: progress, a line at a time.
  Rejoin(Harbor harbor, ReplicaId id, std::function<void(const std::string&)> say);
  // Throws UserError when the group refuses.
  Outcome run(std::chrono::milliseconds timeout);

 private:
  using Clock = Client::Clock;

  std::string name() const { return "replica " + std::to_string(id_.value); }
  const ReplicaEntry& entry() const { return harbor_.config.replicas.at(id_); }
  std::filesystem::path home() const { return harbor_.replica_dir(id_); }
  void begin();
  std::optional<SecretKeys> pending_keys() const;
  std::optional<Era> readmit(const SecretKeys& keys, Clock::time_point deadline);
  void stop_replica();
  void set_store_aside();
  void keep_old_key();
  void take_over(const SecretKeys& keys, const Era& era);
  void start_replica();
  bool carry(Clock::time_point deadline);

  Harbor harbor_;
  ReplicaId id_;
  std::function<void(const std::string&)> say_;
  Outcome outcome_;
  std::optional<pid_t> started_;  // by this run
};

}  // namespace breakwater::cli

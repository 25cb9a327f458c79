// What one Raft replica is told once, at start.
#pragma once

#include "replication/ids.hpp"
#include "replication/quorum.hpp"

namespace breakwater::raft {

struct Config {
  Quorums quorums = Quorums::crash(3);
  ReplicaId self;

  std::uint64_t checkpoint_interval = 128;    // slots between checkpoints
  std::uint64_t log_window = 512;             // entries kept in memory behind the last checkpoint, for slow followers
  std::uint64_t archive_retention = 1000000;  // committed slots kept on disk
  std::uint64_t snapshot_lag = 16384;         // a follower this many slots behind gets a snapshot, not the slots
  std::uint32_t max_batch_requests = 64;
  std::uint32_t pipeline = 8;  // entries of a leader that are not committed yet
  // A follower that hears no leader for one to two of these asks for votes; a leader that hears no majority for one
  // steps down.
  std::uint64_t election_timeout_ticks = 100;
  std::uint64_t heartbeat_ticks = 10;

  bool is_member(ReplicaId id) const { return id.value < quorums.n; }
  bool is_checkpoint(SequenceNumber n) const { return n.value != 0 && n.value % checkpoint_interval == 0; }
};

}  // namespace breakwater::raft

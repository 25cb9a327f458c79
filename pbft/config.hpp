// What one PBFT replica is told once, at start.
#pragma once

#include <vector>

#include "crypto/statement.hpp"
#include "replication/quorum.hpp"

namespace breakwater::pbft {

struct Config {
  Quorums quorums = Quorums::byzantine(4);
  ReplicaId self;
  Digest cluster;
  std::vector<Incarnation> incarnations;  // current, by replica id; as many as quorums.n

  std::uint64_t checkpoint_interval = 128;    // K, slots
  std::uint64_t log_window = 512;             // L, slots: a multiple of K, at least 2K, at most kMaxLogWindow
  std::uint64_t archive_retention = 1000000;  // decided slots kept
  std::uint32_t max_batch_requests = 64;
  std::uint32_t pipeline = 8;  // outstanding sequence numbers of a primary
  std::uint64_t max_clock_skew_us = 5'000'000;
  std::uint64_t view_change_timeout_ticks = 200;
  std::uint64_t view_change_timeout_cap_ticks = 3000;
  std::uint64_t status_interval_ticks = 10;  // while something is outstanding
  std::uint64_t idle_status_interval_ticks = 100;

  ReplicaId primary_of(ViewNumber view) const { return ReplicaId(static_cast<std::uint32_t>(view.value % quorums.n)); }
  Signatory signatory(ReplicaId id) const { return {SignerRole::replica, id.value, incarnations[id.value]}; }
  // A replica of the group, in its current incarnation.
  bool is_current(const Signatory& signer) const {
    return signer.role == SignerRole::replica && signer.id < quorums.n && signer.incarnation == incarnations[signer.id];
  }
  bool is_checkpoint(SequenceNumber n) const { return n.value != 0 && n.value % checkpoint_interval == 0; }
};

}  // namespace breakwater::pbft

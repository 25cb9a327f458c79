// What one PBFT replica is told once, at start.
#pragma once

#include <memory>

#include "crypto/incarnations.hpp"
#include "crypto/statement.hpp"
#include "replication/mutant.hpp"
#include "replication/quorum.hpp"

namespace breakwater::pbft {

struct Config {
  Quorums quorums = Quorums::byzantine(4);
  ReplicaId self;
  Digest cluster;
  std::shared_ptr<const Incarnations> incarnations;  // of as many replicas as quorums.n; grows as readmissions execute
  // The earliest incarnation of `self` whose promises its store holds: for earlier ones it must not speak.
  Incarnation remembered{0};
  // False for who judges evidence: a replica that is behind does not know yet whose word counts no more, and must not
  // be convicted of that.
  bool judges_incarnations = true;

  std::uint64_t checkpoint_interval = 128;    // K, slots
  std::uint64_t log_window = 512;             // L, slots: a multiple of K, at least 2K, at most kMaxLogWindow
  std::uint64_t archive_retention = 1000000;  // decided slots kept
  std::uint32_t max_batch_requests = 64;
  std::uint32_t pipeline = 8;  // outstanding sequence numbers of a primary
  std::uint64_t max_clock_skew_us = 5'000'000;
  // After a restart: how long to listen, at most, for what peers hold of its own that the store does not know. 0: not.
  std::uint64_t recollection_ticks = 0;
  std::uint64_t view_change_timeout_ticks = 200;
  std::uint64_t view_change_timeout_cap_ticks = 3000;
  std::uint64_t status_interval_ticks = 10;  // while something is outstanding
  std::uint64_t idle_status_interval_ticks = 100;

  ReplicaId primary_of(ViewNumber view) const { return ReplicaId(static_cast<std::uint32_t>(view.value % quorums.n)); }
  // In its latest incarnation, and in the one that votes on slot `n`.
  Signatory signatory(ReplicaId id) const { return {SignerRole::replica, id.value, incarnations->latest(id)}; }
  Signatory signatory(ReplicaId id, SequenceNumber n) const {
    return {SignerRole::replica, id.value, incarnations->at(id, n)};
  }
  // A replica of the group, in an incarnation that is known here.
  bool knows(const Signatory& signer) const {
    return signer.role == SignerRole::replica && signer.id < quorums.n &&
           incarnations->knows(ReplicaId(signer.id), signer.incarnation);
  }
  bool votes_on(const Signatory& signer, SequenceNumber n) const {
    return knows(signer) && (!judges_incarnations || mutant(Mutant::any_incarnation) ||
                             incarnations->votes_on(ReplicaId(signer.id), signer.incarnation, n));
  }
  // Does its view-change from `low`, or its new-view from `low` = `min_s`, count in a view change from `min_s`?
  bool asks(const Signatory& signer, SequenceNumber low, SequenceNumber min_s) const {
    return knows(signer) && (!judges_incarnations || mutant(Mutant::any_incarnation) ||
                             incarnations->asks(ReplicaId(signer.id), signer.incarnation, low, min_s));
  }
  bool is_checkpoint(SequenceNumber n) const { return n.value != 0 && n.value % checkpoint_interval == 0; }
};

}  // namespace breakwater::pbft

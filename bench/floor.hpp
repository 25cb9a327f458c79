// The least that a rung can cost: the signatures and the synced transactions that its protocol cannot do without.
// docs/performance.md counts them in words.
#pragma once

#include "bench/rung.hpp"

namespace breakwater::bench {

// What one operation takes on this machine, in microseconds. bench/calibration.hpp measures it.
struct UnitCosts {
  double sign_us = 0, verify_us = 0;
  double commit_us = 0;  // a synced transaction while every replica writes
};

struct SignatureCounts {
  double signs = 0, verifies = 0;
  double cost_us(const UnitCosts& unit) const { return signs * unit.sign_us + verifies * unit.verify_us; }
};

// What the whole group and its clients sign and verify for one slot of `requests` requests, checkpoints every
// `checkpoint_interval` slots in proportion. What arrives beyond a quorum and agrees is not checked, and a replica does
// not check what it signed itself; nothing else is spared.
SignatureCounts signatures_per_slot(const Kind& kind, double requests, double checkpoint_interval);

// What lies between a client that asks and its answer, one after the other, whatever runs beside it.
struct Chain {
  SignatureCounts signatures;
  double commits = 0;  // synced transactions
};
// For a request of a slot of `requests` requests; a replica verifies them one after another, as the product does
// (verify_threads = 0).
Chain chain_of_a_request(const Kind& kind, double requests);

struct Floor {
  double cpu_us_per_command = 0;           // of signatures, replicas and clients together
  std::optional<double> throughput_per_s;  // that these allow on all cores; nothing when nothing is signed
  double latency_us = 0;
};
// `requests_per_slot`: as observed. In memory a transaction costs nothing.
Floor floor_of(const Rung& rung, double requests_per_slot, double checkpoint_interval, const UnitCosts& unit,
               std::uint32_t cores);

}  // namespace breakwater::bench

// Throughput under attack: what is played, and what it came to beside the same group without a fault.
#pragma once

#include <string>
#include <string_view>

#include "bench/rung.hpp"
#include "bench/timeline.hpp"

namespace breakwater::bench {

// Requests of one client's to all replicas, as fast as they take them.
enum class FloodKind { bad_signatures, good_signatures };

struct Attack {
  std::string_view name;
  std::string_view what;           // in a few words
  std::string_view strategy;       // the first primary's (adversary/strategies.cpp); empty: a client attacks
  std::optional<FloodKind> flood;  // the client's
  double delay_share = 0;          // of `slow`: of the time after which backups replace a primary

  bool is_clients() const { return flood.has_value(); }
};
const std::vector<Attack>& attacks();
// Those that `pattern` fits, as in Choice.
std::vector<Attack> choose_attacks(const std::string& pattern);

// The group as it is without a fault.
struct FaultFree {
  double throughput_per_s = 0;  // the median of its windows
  std::uint64_t p99_us = 0;     // over all of them
  double slots_per_s = 0;
  double replica_cpus = 0;  // seconds of processor time that all replicas take in a second
  double others_share = 0;  // of the machine: taken by other machines, and by other processes on this one
};

struct FloodFigures {
  double requests_per_s = 0;  // made; each goes to every replica
  double cpus = 0;            // of the thread that makes them, a second; not the network's
};

struct AttackResult {
  Attack attack;
  std::string strategy;                // as the replica was told it; empty: a client attacks
  std::optional<std::string> failure;  // it could not be measured: then nothing below counts
  Timeline timeline;
  std::size_t attacked_at = 0;  // the bucket
  Impact impact;
  double before_per_s = 0;  // throughput of this run from the warm-up to the attack, in which nothing is wrong yet
  double replica_cpus = 0;  // from the attack on, as in FaultFree
  double others_share = 0;  // likewise
  std::optional<FloodFigures> flood;
  std::uint64_t last_view = 0;                // the latest that a replica is in at the end
  bool is_accused = false;                    // a replica has evidence against the attacker at the end
  std::uint64_t refused = 0, unanswered = 0;  // commands of the honest load, where none is expected
};

struct AttackReport {
  Rung rung;
  double open_loop_per_s = 0;  // commands; 0: closed loop
  FaultFree fault_free;
  std::vector<AttackResult> results;
};

// What is left of the throughput once the group has recovered, by another figure: that of the group without a fault, or
// that of the same run before the attack, which a machine that others use shares more with. Nothing when it has not
// recovered, or of nothing.
std::optional<double> ratio_to(double throughput_per_s, const Impact& impact);

}  // namespace breakwater::bench

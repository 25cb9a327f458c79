// What a simulated world is made of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace breakwater::sim {

enum class Engines : std::uint8_t { pbft, raft };

struct ClusterOptions {
  Engines engine = Engines::pbft;
  std::uint64_t seed = 1;
  std::uint32_t replicas = 4;
  std::uint64_t min_delay_ms = 1, max_delay_ms = 4;
  std::uint32_t tail_percent = 0;  // of messages, which take up to tail_ms more
  std::uint64_t tail_ms = 0;
  std::uint32_t drop_percent = 0, duplicate_percent = 0;
  std::uint64_t checkpoint_interval = 8, log_window = 32;
  std::uint32_t max_batch_requests = 16;
  // A replica takes all that arrives in one millisecond before it performs any effect, as the production loop does
  // under load; else it performs them message by message.
  bool whole_rounds = false;
  std::map<std::uint32_t, std::string> byzantine;  // replica to strategy
  std::set<std::uint32_t> twins;                   // replicas that run twice, with one key and a store each
  bool real_crypto = false;                        // Ed25519 instead of the stand-in
  // An omniscient scheduler: the vote that would complete a quorum at its receiver takes this much longer. 0: none.
  std::uint64_t quorum_delay_ms = 0;
  std::uint64_t view_change_timeout_ticks = 200, view_change_timeout_cap_ticks = 3000;
  std::uint64_t election_timeout_ticks = 50, snapshot_lag = 256;  // of Raft
  // Tests only: replicas that count fewer votes than safety needs, to show that an adversary bites.
  std::optional<std::uint32_t> weakened_quorum;
};

}  // namespace breakwater::sim

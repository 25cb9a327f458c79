// What a replica answers to a status query.
#pragma once

#include <chrono>
#include <string>

#include "net/codec.hpp"
#include "net/transport.hpp"
#include "node/engine_kit.hpp"
#include "node/partition.hpp"
#include "replica/replica.hpp"

namespace breakwater {

// Where the figures come from; all must outlive it.
struct ReportSources {
  ReplicaId self;
  Replica& replica;
  const ReplicaTransport& transport;
  const EngineKit& kit;
  const Partition& partition;
  std::string engine;     // as the configuration names it
  std::string byzantine;  // the announced strategy, or empty
  std::chrono::steady_clock::time_point started;
};

// Counters are named for metrics: "frames_in", "slots", "rejected_bad_signature", ...; a rejection that never happened
// is left out. The state digest costs a Merkle update, and is zero when it is not wanted. The replica's thread.
StatusReport make_status_report(const ReportSources& sources, bool with_state_digest);

// Memory of this process that is in RAM; 0 where the system does not tell.
std::uint64_t resident_bytes();

}  // namespace breakwater

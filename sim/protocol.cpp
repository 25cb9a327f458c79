#include "sim/protocol.hpp"

#include "replication/assert.hpp"

namespace breakwater::sim {

const pbft::Config& Protocol::pbft_config(ReplicaId) const { BW_ASSERT(false); }

std::unique_ptr<Protocol> make_protocol(const ClusterOptions& options, const Digest& cluster,
                                        const StandInCrypto& crypto, const Rosters& rosters) {
  switch (options.engine) {
    case Engines::pbft: return make_pbft_protocol(options, cluster, crypto, rosters);
    case Engines::raft: return make_raft_protocol(options);
  }
  BW_ASSERT(false);
}

}  // namespace breakwater::sim

// What the commands do differently for each engine.
#pragma once

#include <memory>

#include "client/guide.hpp"
#include "node/cluster_config.hpp"
#include "replication/engine.hpp"

namespace breakwater::cli {

// A slot of a replica's archive.
struct DecidedSlot {
  SequenceNumber sequence;
  ViewNumber view;                 // or term
  Digest digest;                   // of the batch
  BatchPtr batch;                  // null: it executes nothing
  std::vector<ReplicaId> signers;  // of the commit certificate; none where nothing is signed
};

struct EngineTools {
  std::string_view engine;
  std::unique_ptr<Guide> (*guide)(std::uint32_t replicas);
  // Nothing when the record does not decode.
  std::optional<DecidedSlot> (*decode_slot)(ByteView record);
};

const EngineTools& tools_of(const ClusterConfig& config);

}  // namespace breakwater::cli

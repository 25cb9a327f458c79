// What the commands do differently for each engine.
#pragma once

#include <memory>

#include "audit/audit.hpp"
#include "client/guide.hpp"
#include "node/cluster_config.hpp"

namespace breakwater::cli {

struct EngineTools {
  std::string_view engine;
  std::unique_ptr<Guide> (*guide)(std::uint32_t replicas);
  audit::SlotDecoder decode_slot;
  bool signs;  // its replicas sign what they say
};

const EngineTools& tools_of(const ClusterConfig& config);

// What a client of this harbor goes by. It signs requests where the engine wants it, unless the harbor was made to
// measure what that costs (BenchSettings).
std::unique_ptr<Guide> guide_of(const ClusterConfig& config);

// How to read and to judge the stores of a harbor. The arguments must outlive what they give.
audit::Reading reading_of(const ClusterConfig& config, const Roster& roster);
audit::Group audit_group(const ClusterConfig& config, const Roster& roster, const SignatureChecker& checker);

}  // namespace breakwater::cli

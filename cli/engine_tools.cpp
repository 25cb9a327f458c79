#include "cli/engine_tools.hpp"

#include <algorithm>

#include "cli/store_files.hpp"

namespace breakwater::cli {

namespace {

constexpr EngineTools kTools[] = {{"pbft", pbft_guide, audit::decode_pbft_slot, true},
                                  {"raft", raft_guide, audit::decode_raft_slot, false}};
static_assert(std::size(kTools) == std::size(kEngineKinds));

}  // namespace

const EngineTools& tools_of(const ClusterConfig& config) {
  return *std::ranges::find(kTools, std::string_view(config.engine), &EngineTools::engine);
}

audit::Reading reading_of(const ClusterConfig& config, const Roster& roster) {
  return {roster, tools_of(config).decode_slot, config.group_rules()};
}

audit::Group audit_group(const ClusterConfig& config, const Roster& roster, const SignatureChecker& checker) {
  audit::Group group{reading_of(config, roster), std::nullopt};
  if (tools_of(config).signs) group.signatures.emplace(checker, judging_config(config, roster));
  return group;
}

}  // namespace breakwater::cli

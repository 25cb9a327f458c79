#include "cli/engine_tools.hpp"

#include <algorithm>

#include "cli/store_files.hpp"

namespace breakwater::cli {

namespace {

constexpr EngineTools kTools[] = {{"pbft", pbft_guide, audit::decode_pbft_slot, true},
                                  {"raft", raft_guide, audit::decode_raft_slot, false}};
static_assert(std::size(kTools) == std::size(kEngineKinds));

// The engine's own guide, but for whether requests are signed.
class SigningAsTold final : public Guide {
 public:
  SigningAsTold(std::unique_ptr<Guide> guide, bool signs_requests)
      : guide_(std::move(guide)), signs_requests_(signs_requests) {}

  Quorums quorums() const override { return guide_->quorums(); }
  bool signs_requests() const override { return signs_requests_; }
  std::optional<ReplicaId> first_choice(ViewNumber view) const override { return guide_->first_choice(view); }
  bool is_looking() const override { return guide_->is_looking(); }
  bool heard(ReplicaId from, const Reply& reply) override { return guide_->heard(from, reply); }
  bool heard(ReplicaId from, const StatusReport& report) override { return guide_->heard(from, report); }

 private:
  std::unique_ptr<Guide> guide_;
  bool signs_requests_;
};

}  // namespace

const EngineTools& tools_of(const ClusterConfig& config) {
  return *std::ranges::find(kTools, std::string_view(config.engine), &EngineTools::engine);
}

std::unique_ptr<Guide> guide_of(const ClusterConfig& config) {
  auto guide = tools_of(config).guide(static_cast<std::uint32_t>(config.replicas.size()));
  const BenchSettings& bench = config.bench;
  if (!bench.insecure_unsigned_requests && !bench.signed_requests) return guide;
  return std::make_unique<SigningAsTold>(std::move(guide), bench.signed_requests);
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

// A world of PBFT replicas.
#include "pbft/evidence.hpp"
#include "pbft/factory.hpp"
#include "pbft/rules.hpp"
#include "sim/protocol.hpp"

namespace breakwater::sim {

namespace {

pbft::Config make_config(const ClusterOptions& options, const Digest& cluster, ReplicaId self, const Roster& roster) {
  pbft::Config config;
  config.quorums = Quorums::byzantine(options.replicas);
  if (options.weakened_quorum) {
    config.quorums.quorum = *options.weakened_quorum;
    config.quorums.weak = std::min(config.quorums.weak, *options.weakened_quorum);
  }
  config.self = self;
  config.cluster = cluster;
  config.incarnations = roster.incarnations();
  config.checkpoint_interval = options.checkpoint_interval;
  config.log_window = options.log_window;
  config.max_batch_requests = options.max_batch_requests;
  config.view_change_timeout_ticks = options.view_change_timeout_ticks;
  config.view_change_timeout_cap_ticks = options.view_change_timeout_cap_ticks;
  return config;
}

class PbftProtocol final : public Protocol {
 public:
  PbftProtocol(const ClusterOptions& options, const Digest& cluster, const StandInCrypto& crypto,
               const Rosters& rosters)
      : quorums_(Quorums::byzantine(options.replicas)),
        crypto_(crypto),
        world_(make_config(options, cluster, ReplicaId(0), rosters.world)) {
    for (std::uint32_t id = 0; id < options.replicas; ++id) {
      configs_.push_back(make_config(options, cluster, ReplicaId(id), rosters.replicas[id]));
      authenticators_.push_back(std::make_unique<SignatureAuthenticator>(
          crypto, cluster, [this, id](const Message& m) { return pbft::is_sound(m, configs_[id]); }));
    }
  }

  const Quorums& quorums() const override { return quorums_; }
  const GateAuthenticator& authenticator(ReplicaId self) const override { return *authenticators_[self.value]; }
  GroupRules group_rules() const override { return {world_.checkpoint_interval, world_.log_window}; }
  bool signs_replies() const override { return true; }
  const pbft::Config& pbft_config(ReplicaId id) const override { return configs_[id.value]; }

  std::unique_ptr<EngineFactory> factory(ReplicaId self, Signer& signer, Incarnation remembered) const override {
    pbft::Config config = configs_[self.value];
    config.remembered = remembered;
    return std::make_unique<pbft::PbftFactory>(std::move(config), signer);
  }
  std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy, ReplicaId self,
                                   Signer& signer) const override {
    return adversary::decorate(std::move(correct), strategy, configs_[self.value], signer);
  }

  void add_to_hash(const Message& message, const std::function<void(std::uint64_t)>& add) const override {
    const auto* s = dynamic_cast<const pbft::StatementMessage*>(&message);
    if (s == nullptr) return;
    add(s->view().value);
    add(s->sequence().value);
    for (const std::uint8_t byte : s->digest().view().first(8)) add(byte);
    for (const std::uint8_t byte : s->header.signature.view().first(8)) add(byte);
  }

  std::optional<VoteKey> vote(const Message& message) const override {
    const auto* vote = dynamic_cast<const pbft::StatementMessage*>(&message);
    if (vote == nullptr || vote->kind() == pbft::MessageKind::pre_prepare ||
        vote->kind() == pbft::MessageKind::new_view) {
      return std::nullopt;
    }
    const bool same_digest = vote->kind() != pbft::MessageKind::view_change;
    return VoteKey{static_cast<std::uint8_t>(vote->kind()), vote->view().value, vote->sequence().value,
                   same_digest ? vote->digest() : Digest{}};
  }

  std::expected<std::pair<SequenceNumber, Digest>, std::string> read_decided(ByteView record) const override {
    const auto slot = pbft::decode_archived(record);
    if (!slot) return std::unexpected("does not decode");
    bool sound = pbft::is_commit_certificate(slot->commits, world_);
    for (const auto& entry : slot->commits.entries) sound = sound && crypto_.holds(slot->commits.signed_by(entry));
    if (!sound) return std::unexpected("unsound certificate");
    return std::pair(slot->commits.statement.sequence, slot->commits.statement.digest);
  }

 private:
  const Quorums quorums_;  // clients' and oracles': never weakened
  const StandInCrypto& crypto_;
  const pbft::Config world_;
  std::vector<pbft::Config> configs_;
  std::vector<std::unique_ptr<SignatureAuthenticator>> authenticators_;
};

}  // namespace

std::unique_ptr<Protocol> make_pbft_protocol(const ClusterOptions& options, const Digest& cluster,
                                             const StandInCrypto& crypto, const Rosters& rosters) {
  return std::make_unique<PbftProtocol>(options, cluster, crypto, rosters);
}

}  // namespace breakwater::sim

// A world of Raft replicas.
#include "raft/factory.hpp"
#include "sim/protocol.hpp"

namespace breakwater::sim {

namespace {

raft::Config make_config(const ClusterOptions& options, ReplicaId self) {
  raft::Config config;
  config.quorums = Quorums::crash(options.replicas);
  if (options.weakened_quorum) config.quorums.quorum = *options.weakened_quorum;
  config.self = self;
  config.checkpoint_interval = options.checkpoint_interval;
  config.log_window = options.log_window;
  config.snapshot_lag = options.snapshot_lag;
  config.max_batch_requests = options.max_batch_requests;
  config.election_timeout_ticks = options.election_timeout_ticks;
  config.heartbeat_ticks = 5;
  return config;
}

class RaftProtocol final : public Protocol {
 public:
  explicit RaftProtocol(const ClusterOptions& options) : quorums_(Quorums::crash(options.replicas)) {
    for (std::uint32_t id = 0; id < options.replicas; ++id) configs_.push_back(make_config(options, ReplicaId(id)));
  }

  const Quorums& quorums() const override { return quorums_; }
  const GateAuthenticator& authenticator(ReplicaId) const override { return authenticator_; }
  bool signs_replies() const override { return false; }

  GroupRules group_rules() const override { return {configs_[0].checkpoint_interval, 0}; }
  std::unique_ptr<EngineFactory> factory(ReplicaId self, Signer&, Incarnation) const override {
    return std::make_unique<raft::RaftFactory>(configs_[self.value]);
  }
  std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy, ReplicaId self,
                                   Signer&) const override {
    return adversary::decorate(std::move(correct), strategy, configs_[self.value]);
  }

  void add_to_hash(const Message& message, const std::function<void(std::uint64_t)>& add) const override {
    const auto* m = dynamic_cast<const raft::RaftMessage*>(&message);
    if (m == nullptr) return;  // state transfer
    add(m->term.value);
    if (const auto* append = dynamic_cast<const raft::AppendEntries*>(m)) {
      add(append->previous_index.value);
      add(append->leader_commit.value);
      for (const raft::Entry& entry : append->entries) {
        for (const std::uint8_t byte : digest_of(entry).view().first(8)) add(byte);
      }
    } else if (const auto* result = dynamic_cast<const raft::AppendEntriesResult*>(m)) {
      add(result->success ? 1 : 0);
      add(result->index.value);
    } else if (const auto* vote = dynamic_cast<const raft::RequestVoteResult*>(m)) {
      add(vote->granted ? 1 : 0);
    }
  }

  std::optional<VoteKey> vote(const Message& message) const override {
    if (const auto* vote = dynamic_cast<const raft::RequestVoteResult*>(&message)) {
      if (!vote->granted) return std::nullopt;
      return VoteKey{static_cast<std::uint8_t>(vote->kind()), vote->term.value, vote->pre_vote ? 1 : 0, Digest{}};
    }
    const auto* result = dynamic_cast<const raft::AppendEntriesResult*>(&message);
    if (result == nullptr || !result->success) return std::nullopt;
    return VoteKey{static_cast<std::uint8_t>(result->kind()), result->term.value, result->index.value, Digest{}};
  }

  std::expected<std::pair<SequenceNumber, Digest>, std::string> read_decided(ByteView record) const override {
    const auto slot = raft::decode_archived(record);
    if (!slot) return std::unexpected("does not decode");
    return std::pair(slot->sequence, digest_of(slot->entry));
  }

 private:
  const Quorums quorums_;  // clients' and oracles': never weakened
  std::vector<raft::Config> configs_;
  ChannelAuthenticator authenticator_;
};

}  // namespace

std::unique_ptr<Protocol> make_raft_protocol(const ClusterOptions& options) {
  return std::make_unique<RaftProtocol>(options);
}

}  // namespace breakwater::sim

// Raft in a replica process.
#include "crypto/keys.hpp"
#include "net/codec.hpp"
#include "node/engine_config.hpp"
#include "node/engine_kits.hpp"
#include "raft/factory.hpp"

namespace breakwater {

namespace {

class RaftKit final : public EngineKit {
 public:
  RaftKit(const ClusterConfig& cluster, ReplicaId self, const Roster& roster)
      : config_(raft_config(cluster, self)),
        factory_(config_),
        checker_(roster),
        signed_requests_(checker_, cluster.cluster),
        authenticator_(cluster.bench.signed_requests ? static_cast<const GateAuthenticator&>(signed_requests_)
                                                     : channel_) {}

  EngineFactory& factory() override { return factory_; }
  const GateAuthenticator& authenticator() const override { return authenticator_; }
  Signer* reply_signer() override { return nullptr; }

  MessagePtr question(const GivenHistory& given) const override {
    return std::make_shared<const raft::Status>(config_.self, given.term, given.sequence, given.sequence, true);
  }
  std::optional<PeerReport> report_of(const Message& message, const GivenHistory& given) const override {
    const auto* status = dynamic_cast<const raft::Status*>(&message);
    if (status == nullptr) return std::nullopt;
    const bool has_history =
        status->term > given.term || status->last_index > given.sequence || status->committed > given.sequence;
    return PeerReport{status->sender(), has_history};
  }
  // A Raft group that began without one of its members would elect a leader at once, which is history, so that whoever
  // came later would be refused for good.
  std::optional<std::uint64_t> probe_grace_ms() const override { return std::nullopt; }

  std::unique_ptr<Engine> corrupt(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy) override {
    return adversary::decorate(std::move(correct), strategy, config_);
  }
  SignatureCounts signatures() const override { return {0, checker_.verifications()}; }

 private:
  Bytes encode_own(const Message& message) const override {
    return encode_frame(dynamic_cast<const raft::RaftMessage&>(message));
  }
  std::expected<MessagePtr, RejectReason> decode_own(ByteView frame) const override { return decode_raft_frame(frame); }

  raft::Config config_;
  raft::RaftFactory factory_;
  ChannelAuthenticator channel_;
  Ed25519Checker checker_;  // of requests, where they are signed
  SignedRequestAuthenticator signed_requests_;
  const GateAuthenticator& authenticator_;
};

}  // namespace

std::unique_ptr<EngineKit> make_raft_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys&,
                                         const Roster& roster) {
  return std::make_unique<RaftKit>(cluster, self, roster);
}

}  // namespace breakwater

// PBFT in a replica process.
#include "crypto/keys.hpp"
#include "net/codec.hpp"
#include "node/engine_config.hpp"
#include "node/engine_kits.hpp"
#include "pbft/factory.hpp"

namespace breakwater {

namespace {

class PbftKit final : public EngineKit {
 public:
  PbftKit(const ClusterConfig& cluster, ReplicaId self, const Seed& seed, const Roster& roster)
      : config_(pbft_config(cluster, self)),
        signer_(SigningKey::from_seed(seed), config_.signatory(self)),
        checker_(roster),
        authenticator_(checker_, cluster.cluster, [this](const Message& m) { return pbft::is_sound(m, config_); }),
        factory_(config_, signer_) {}

  EngineFactory& factory() override { return factory_; }
  const GateAuthenticator& authenticator() const override { return authenticator_; }
  Signer* reply_signer() override { return &signer_; }

  Bytes encode(const Message& message) const override {
    return encode_frame(dynamic_cast<const pbft::PbftMessage&>(message));
  }
  std::expected<MessagePtr, RejectReason> decode(ByteView frame) const override { return decode_pbft_frame(frame); }

  MessagePtr question(const GivenHistory& given) const override {
    auto status = std::make_shared<pbft::Status>(config_.self);
    status->decided = status->stable_checkpoint = given.sequence;
    return status;
  }
  std::optional<PeerReport> report_of(const Message& message, const GivenHistory& given) const override {
    const auto* status = dynamic_cast<const pbft::Status*>(&message);
    if (status == nullptr) return std::nullopt;
    const bool has_history = status->view.value > 0 || status->view_changing || status->decided > given.sequence ||
                             status->stable_checkpoint > given.sequence || !status->slots.empty();
    return PeerReport{status->sender(), has_history};
  }
  std::uint64_t probe_grace_ms() const override { return 1000; }

  std::unique_ptr<Engine> corrupt(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy) override {
    return adversary::decorate(std::move(correct), strategy, config_, signer_);
  }
  SignatureCounts signatures() const override { return {signer_.signatures(), checker_.verifications()}; }

 private:
  pbft::Config config_;
  Ed25519Signer signer_;
  Ed25519Checker checker_;
  SignatureAuthenticator authenticator_;
  pbft::PbftFactory factory_;
};

}  // namespace

std::unique_ptr<EngineKit> make_pbft_kit(const ClusterConfig& cluster, ReplicaId self, const Seed& seed,
                                         const Roster& roster) {
  return std::make_unique<PbftKit>(cluster, self, seed, roster);
}

}  // namespace breakwater

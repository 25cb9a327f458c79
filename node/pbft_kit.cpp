// PBFT in a replica process.
#include "crypto/keys.hpp"
#include "crypto/unsigned.hpp"
#include "net/codec.hpp"
#include "node/engine_config.hpp"
#include "node/engine_kits.hpp"
#include "pbft/factory.hpp"

namespace breakwater {

namespace {

std::map<Incarnation, SigningKey> signing_keys(const OwnKeys& keys) {
  std::map<Incarnation, SigningKey> out;
  for (const auto& [incarnation, seed] : keys.seeds) out.emplace(incarnation, SigningKey::from_seed(seed));
  return out;
}

pbft::Config config_of(const ClusterConfig& cluster, const Roster& roster, ReplicaId self, const OwnKeys& keys) {
  pbft::Config config = pbft_config(cluster, roster, self);
  config.remembered = keys.remembered;
  return config;
}

bool waives(const BenchSettings& bench) { return bench.insecure_unsigned_votes || bench.insecure_unsigned_requests; }

class PbftKit final : public EngineKit {
 public:
  PbftKit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys, const Roster& roster)
      : config_(config_of(cluster, roster, self, keys)),
        ed25519_signer_(signing_keys(keys), {SignerRole::replica, self.value, keys.seeds.rbegin()->first}),
        ed25519_checker_(roster),
        remembering_signer_(ed25519_signer_, ed25519_checker_),
        placeholder_(ed25519_signer_.identity()),
        signer_(cluster.bench.insecure_unsigned_votes ? static_cast<Signer&>(placeholder_) : remembering_signer_),
        waiving_checker_(ed25519_checker_,
                         {cluster.bench.insecure_unsigned_votes, cluster.bench.insecure_unsigned_requests}),
        authenticator_(
            waives(cluster.bench) ? static_cast<const SignatureChecker&>(waiving_checker_) : ed25519_checker_,
            cluster.cluster, [this](const Message& m) { return pbft::is_sound(m, config_); }),
        factory_(config_, signer_) {}

  EngineFactory& factory() override { return factory_; }
  const GateAuthenticator& authenticator() const override { return authenticator_; }
  Signer* reply_signer() override { return &signer_; }

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
  std::optional<std::uint64_t> probe_grace_ms() const override { return 1000; }

  std::unique_ptr<Engine> corrupt(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy) override {
    return adversary::decorate(std::move(correct), strategy, config_, signer_);
  }
  SignatureCounts signatures() const override {
    return {ed25519_signer_.signatures(), ed25519_checker_.verifications()};
  }

 private:
  Bytes encode_own(const Message& message) const override {
    return encode_frame(dynamic_cast<const pbft::PbftMessage&>(message));
  }
  std::expected<MessagePtr, RejectReason> decode_own(ByteView frame) const override { return decode_pbft_frame(frame); }

  pbft::Config config_;
  Ed25519Signer ed25519_signer_;
  Ed25519Checker ed25519_checker_;
  RememberingSigner remembering_signer_;
  PlaceholderSigner placeholder_;
  Signer& signer_;
  WaivingChecker waiving_checker_;
  SignatureAuthenticator authenticator_;
  pbft::PbftFactory factory_;
};

}  // namespace

std::unique_ptr<EngineKit> make_pbft_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                         const Roster& roster) {
  return std::make_unique<PbftKit>(cluster, self, keys, roster);
}

}  // namespace breakwater

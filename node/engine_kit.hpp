// What a replica process does differently for each engine. Everything else in node/ knows the contract only.
#pragma once

#include <memory>

#include "adversary/strategies.hpp"
#include "crypto/authenticator.hpp"
#include "crypto/keys.hpp"
#include "node/cluster_config.hpp"
#include "node/history_probe.hpp"
#include "store/import_mark.hpp"

namespace breakwater {

// What a replica may sign with: its keys by incarnation, and the earliest incarnation whose promises its store holds.
struct OwnKeys {
  std::map<Incarnation, Seed> seeds;  // at least one
  Incarnation remembered;
};

// One engine's parts for one replica. One thread, apart from the authenticator, which any thread may use.
class EngineKit {
 public:
  virtual ~EngineKit() = default;

  virtual EngineFactory& factory() = 0;
  virtual const GateAuthenticator& authenticator() const = 0;
  // Signs what clients are told; null where answers are not signed.
  virtual Signer* reply_signer() = 0;

  // Frames between replicas. The caller guarantees that `message` is one of this engine's, or of state transfer.
  Bytes encode(const Message& message) const;
  std::expected<MessagePtr, RejectReason> decode(ByteView frame) const;

  // What a replica with an empty or imported store sends to its peers, who take it for evidence that it has no more
  // history than that, and answer; and what a peer's message says of the group, if anything: whether it knows of more.
  virtual MessagePtr question(const GivenHistory& given) const = 0;
  virtual std::optional<PeerReport> report_of(const Message& message, const GivenHistory& given) const = 0;
  // How long a replica with an empty store waits for the last of its peers; for ever, when it is not said.
  virtual std::optional<std::uint64_t> probe_grace_ms() const = 0;

  // Fault injection: the engine that lies. The caller guarantees that parse_strategy() accepted the strategy.
  virtual std::unique_ptr<Engine> corrupt(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy) = 0;

  struct SignatureCounts {
    std::uint64_t made = 0, verified = 0;
  };
  virtual SignatureCounts signatures() const = 0;

 private:
  virtual Bytes encode_own(const Message& message) const = 0;
  virtual std::expected<MessagePtr, RejectReason> decode_own(ByteView frame) const = 0;
};

// For the engine that `cluster` names. `cluster` and `roster` must outlive it.
std::unique_ptr<EngineKit> make_engine_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                           const Roster& roster);

// A strategy that the cluster's engine can play. The error is one line.
std::expected<adversary::Strategy, std::string> parse_strategy(const ClusterConfig& cluster, const std::string& text);

// Which engine left the slots in this store; empty when there are none yet, or none that an engine can read.
std::expected<std::string_view, StoreError> engine_of(const Store& store);

}  // namespace breakwater

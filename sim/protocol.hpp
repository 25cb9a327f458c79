// What differs between the engines in a simulated world. Everything else of it is the same for all.
#pragma once

#include <functional>
#include <memory>
#include <tuple>

#include "adversary/strategies.hpp"
#include "crypto/authenticator.hpp"
#include "replica/membership.hpp"
#include "sim/observer.hpp"
#include "sim/options.hpp"
#include "sim/stand_in_crypto.hpp"

namespace breakwater::sim {

// What a vote is for: kind, view or term, sequence, digest.
using VoteKey = std::tuple<std::uint8_t, std::uint64_t, std::uint64_t, Digest>;

// One of a world; what it was made from must outlive it.
class Protocol {
 public:
  virtual ~Protocol() = default;

  virtual const Quorums& quorums() const = 0;
  virtual const GateAuthenticator& authenticator(ReplicaId self) const = 0;
  // True when answers to clients are signed, and so bind the replica that gave them.
  virtual bool signs_replies() const = 0;
  // `remembered`: the earliest incarnation whose promises its store holds.
  virtual std::unique_ptr<EngineFactory> factory(ReplicaId self, Signer& signer, Incarnation remembered) const = 0;
  virtual GroupRules group_rules() const = 0;
  virtual std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const adversary::Strategy& strategy,
                                           ReplicaId self, Signer& signer) const = 0;
  // Adds what a message says to a hash, part by part.
  virtual void add_to_hash(const Message& message, const std::function<void(std::uint64_t)>& add) const = 0;
  // For the scheduler that delays quorums: what the message votes for, if it is a vote.
  virtual std::optional<VoteKey> vote(const Message& message) const = 0;
  // The digest that an archive record decides, or why it is unsound.
  virtual std::expected<std::pair<SequenceNumber, Digest>, std::string> read_decided(ByteView record) const = 0;
  // The caller guarantees that the engine is PBFT.
  virtual const pbft::Config& pbft_config(ReplicaId id) const;
};

// Who knows which incarnations: each replica by itself, and the world, which knows what clients were told.
struct Rosters {
  Roster world;
  std::vector<Roster> replicas;
};

std::unique_ptr<Protocol> make_pbft_protocol(const ClusterOptions& options, const Digest& cluster,
                                             const StandInCrypto& crypto, const Rosters& rosters);
std::unique_ptr<Protocol> make_raft_protocol(const ClusterOptions& options);
std::unique_ptr<Protocol> make_protocol(const ClusterOptions& options, const Digest& cluster,
                                        const StandInCrypto& crypto, const Rosters& rosters);

}  // namespace breakwater::sim

// Who may sign, and with which key.
#pragma once

#include <map>
#include <optional>

#include "crypto/signer.hpp"
#include "replication/state_machine.hpp"

namespace breakwater {

struct ClientEntry {
  PublicKey key;
  ClientRole role;
};

// The public keys of one cluster. Immutable once built; any thread may read it.
class Roster {
 public:
  Roster() = default;
  explicit Roster(Digest cluster) : cluster_(cluster) {}

  void add_replica(ReplicaId id, Incarnation incarnation, PublicKey key);  // the highest incarnation is current
  void add_client(ClientId id, ClientEntry entry);

  const Digest& cluster() const { return cluster_; }
  std::uint32_t replicas() const { return static_cast<std::uint32_t>(current_.size()); }
  std::optional<Incarnation> incarnation_of(ReplicaId id) const;
  const PublicKey* key_of(const Signatory& signer) const;
  const ClientEntry* client(ClientId id) const;

 private:
  Digest cluster_;
  std::map<std::pair<ReplicaId, Incarnation>, PublicKey> replica_keys_;
  std::map<ReplicaId, Incarnation> current_;
  std::map<ClientId, ClientEntry> clients_;
};

}  // namespace breakwater

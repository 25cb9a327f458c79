// Who may sign, and with which key.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "crypto/incarnations.hpp"
#include "crypto/signer.hpp"
#include "replication/state_machine.hpp"

namespace breakwater {

struct ClientEntry {
  PublicKey key;
  ClientRole role;
};

// The public keys of one cluster. Clients are added while it is built; replicas' incarnations also later, as
// readmissions execute, while any thread reads it. Keys are never taken out: they verify what was signed before. Copies
// share what they know of replicas.
class Roster {
 public:
  Roster() : Roster(Digest{}) {}
  explicit Roster(Digest cluster);

  void add_replica(ReplicaId id, Incarnation incarnation, PublicKey key) {
    add_replica(id, {incarnation, {}, {}}, key);
  }
  void add_replica(ReplicaId id, const Era& era, PublicKey key);
  void add_client(ClientId id, ClientEntry entry);

  const Digest& cluster() const { return cluster_; }
  std::uint32_t replicas() const { return incarnations()->replicas(); }
  const std::shared_ptr<Incarnations>& incarnations() const;
  // The incarnation that signs for slot `n`; nothing for a stranger.
  std::optional<Incarnation> incarnation_at(ReplicaId id, SequenceNumber n) const;
  // Valid as long as the roster or a copy of it.
  const PublicKey* key_of(const Signatory& signer) const;
  const ClientEntry* client(ClientId id) const;
  // True when a client, or a replica in its first incarnation, has this key.
  bool is_first_key(const PublicKey& key) const;

 private:
  struct Replicas;
  Digest cluster_;
  std::shared_ptr<Replicas> replicas_;
  std::map<ClientId, ClientEntry> clients_;
};

}  // namespace breakwater

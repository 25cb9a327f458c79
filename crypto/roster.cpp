#include "crypto/roster.hpp"

namespace breakwater {

void Roster::add_replica(ReplicaId id, Incarnation incarnation, PublicKey key) {
  replica_keys_[{id, incarnation}] = key;
  auto [current, added] = current_.try_emplace(id, incarnation);
  if (!added && current->second < incarnation) current->second = incarnation;
}

void Roster::add_client(ClientId id, ClientEntry entry) { clients_[id] = entry; }

std::optional<Incarnation> Roster::incarnation_of(ReplicaId id) const {
  const auto found = current_.find(id);
  if (found == current_.end()) return std::nullopt;
  return found->second;
}

const PublicKey* Roster::key_of(const Signatory& signer) const {
  if (signer.role == SignerRole::client) {
    // Clients have one incarnation: another number would be a second spelling of the same signer.
    const ClientEntry* entry = signer.incarnation == Incarnation(0) ? client(ClientId(signer.id)) : nullptr;
    return entry == nullptr ? nullptr : &entry->key;
  }
  const auto found = replica_keys_.find({ReplicaId(signer.id), signer.incarnation});
  return found == replica_keys_.end() ? nullptr : &found->second;
}

const ClientEntry* Roster::client(ClientId id) const {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : &found->second;
}

}  // namespace breakwater

#include "crypto/roster.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace breakwater {

struct Roster::Replicas {
  std::shared_ptr<Incarnations> incarnations = std::make_shared<Incarnations>();
  mutable std::shared_mutex mutex;
  std::map<std::pair<ReplicaId, Incarnation>, PublicKey> keys;  // nothing is taken out: its places stay where they are
};

Roster::Roster(Digest cluster) : cluster_(cluster), replicas_(std::make_shared<Replicas>()) {}

// The key first: whoever sees the incarnation finds its key.
void Roster::add_replica(ReplicaId id, const Era& era, PublicKey key) {
  {
    const std::unique_lock lock(replicas_->mutex);
    replicas_->keys.emplace(std::pair(id, era.incarnation), key);
  }
  replicas_->incarnations->add(id, era);
}

void Roster::add_client(ClientId id, ClientEntry entry) { clients_[id] = entry; }

const std::shared_ptr<Incarnations>& Roster::incarnations() const { return replicas_->incarnations; }

std::optional<Incarnation> Roster::incarnation_at(ReplicaId id, SequenceNumber n) const {
  if (incarnations()->eras_of(id).empty()) return std::nullopt;
  return incarnations()->at(id, n);
}

const PublicKey* Roster::key_of(const Signatory& signer) const {
  if (signer.role == SignerRole::client) {
    // Clients have one incarnation: another number would be a second spelling of the same signer.
    const ClientEntry* entry = signer.incarnation == Incarnation(0) ? client(ClientId(signer.id)) : nullptr;
    return entry == nullptr ? nullptr : &entry->key;
  }
  const std::shared_lock lock(replicas_->mutex);
  const auto found = replicas_->keys.find({ReplicaId(signer.id), signer.incarnation});
  return found == replicas_->keys.end() ? nullptr : &found->second;
}

const ClientEntry* Roster::client(ClientId id) const {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : &found->second;
}

bool Roster::is_first_key(const PublicKey& key) const {
  if (std::ranges::any_of(clients_, [&](const auto& entry) { return entry.second.key == key; })) return true;
  const std::shared_lock lock(replicas_->mutex);
  std::optional<ReplicaId> previous;
  for (const auto& [signer, held] : replicas_->keys) {
    if (previous != signer.first && held == key) return true;
    previous = signer.first;
  }
  return false;
}

}  // namespace breakwater

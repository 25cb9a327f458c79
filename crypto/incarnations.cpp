#include "crypto/incarnations.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "replication/assert.hpp"

namespace breakwater {

struct Incarnations::State {
  mutable std::shared_mutex mutex;
  std::map<ReplicaId, std::vector<Era>> eras;  // each ascending by incarnation

  const std::vector<Era>& of(ReplicaId id) const {
    const auto found = eras.find(id);
    BW_ASSERT(found != eras.end());
    return found->second;
  }
};

Incarnations::Incarnations() : state_(std::make_unique<State>()) {}
Incarnations::~Incarnations() = default;

std::shared_ptr<Incarnations> Incarnations::of(std::uint32_t replicas, Incarnation first) {
  auto out = std::make_shared<Incarnations>();
  for (std::uint32_t id = 0; id < replicas; ++id) out->add(ReplicaId(id), {first, {}, {}});
  return out;
}

void Incarnations::add(ReplicaId id, const Era& era) {
  const std::unique_lock lock(state_->mutex);
  std::vector<Era>& eras = state_->eras[id];
  const auto place = std::ranges::lower_bound(eras, era.incarnation, {}, &Era::incarnation);
  if (place != eras.end() && place->incarnation == era.incarnation) *place = era;
  else eras.insert(place, era);
}

std::uint32_t Incarnations::replicas() const {
  const std::shared_lock lock(state_->mutex);
  return static_cast<std::uint32_t>(state_->eras.size());
}

std::vector<Era> Incarnations::eras_of(ReplicaId id) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->eras.find(id);
  return found == state_->eras.end() ? std::vector<Era>{} : found->second;
}

bool Incarnations::knows(ReplicaId id, Incarnation incarnation) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->eras.find(id);
  return found != state_->eras.end() && std::ranges::count(found->second, incarnation, &Era::incarnation) > 0;
}

Incarnation Incarnations::latest(ReplicaId id) const {
  const std::shared_lock lock(state_->mutex);
  return state_->of(id).back().incarnation;
}

SequenceNumber Incarnations::effective_from(ReplicaId id, Incarnation incarnation) const {
  const std::shared_lock lock(state_->mutex);
  const std::vector<Era>& eras = state_->of(id);
  const auto era = std::ranges::lower_bound(eras, incarnation, {}, &Era::incarnation);
  return era == eras.end() ? SequenceNumber(UINT64_MAX) : era->effective;
}

Incarnation Incarnations::at(ReplicaId id, SequenceNumber n) const {
  const std::shared_lock lock(state_->mutex);
  const std::vector<Era>& eras = state_->of(id);
  const auto later = std::ranges::find_if(eras.rbegin(), eras.rend(), [&](const Era& e) { return e.effective < n; });
  return later == eras.rend() ? eras.front().incarnation : later->incarnation;
}

bool Incarnations::votes_on(ReplicaId id, Incarnation incarnation, SequenceNumber n) const {
  return knows(id, incarnation) && at(id, n) == incarnation;
}

bool Incarnations::asks(ReplicaId id, Incarnation incarnation, SequenceNumber low, SequenceNumber min_s) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->eras.find(id);
  if (found == state_->eras.end()) return false;
  const auto era = std::ranges::find(found->second, incarnation, &Era::incarnation);
  if (era == found->second.end() || low < era->effective) return false;
  const auto next = std::next(era);
  return next == found->second.end() || min_s <= next->readmitted;
}

std::optional<Incarnation> Incarnations::asking_from(ReplicaId id, SequenceNumber low) const {
  for (const Era& era : eras_of(id)) {
    if (asks(id, era.incarnation, low, low)) return era.incarnation;
  }
  return std::nullopt;
}

}  // namespace breakwater

#include "replica/state_source.hpp"

#include <algorithm>

#include "replica/leaf_keys.hpp"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

std::size_t bytes_of(const StateAnswer::Given& given) {
  std::size_t bytes = given.digests.size() * Digest::kSize;
  for (const StateAnswer::Leaf& leaf : given.leaves) bytes += leaf.key.size() + leaf.value.size();
  return bytes;
}

bool is_sound(StatePart part, const StateRequest::Want& want) {
  switch (part) {
    case StatePart::nodes:
      return want.places.empty() &&
             (want.index == 1 || (want.index >= kStateNodesPerWant && want.index < 2 * kStateNodesPerWant));
    case StatePart::bucket: return want.places.empty() && want.index < StateTree::kBuckets;
    case StatePart::leaves:
      return want.index < StateTree::kBuckets && !want.places.empty() && std::ranges::is_sorted(want.places);
  }
  return false;
}

}  // namespace

void StateSource::add(FrozenCheckpoint checkpoint) {
  BW_ASSERT(held_.empty() || held_.back()->checkpoint.sequence < checkpoint.sequence);
  held_.push_back(std::make_unique<Held>(Held{std::move(checkpoint), ticks_, std::nullopt}));
  prune();
}

// Of those that are no longer recent, the ones that were asked for last stay, for a while.
void StateSource::prune() {
  std::size_t pinned = 0;
  for (std::size_t i = held_.size() - std::min(held_.size(), kRecent); i-- > 0;) {
    const Held& held = *held_[i];
    const bool is_wanted =
        held.used && ticks_ - *held.used <= kPinTicks && ticks_ - held.since <= kMaxPinTicks && pinned < kPinned;
    pinned += is_wanted;
    if (!is_wanted) held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

StateSource::Held* StateSource::find(SequenceNumber sequence) {
  const auto found = std::ranges::find(held_, sequence, [](const auto& held) { return held->checkpoint.sequence; });
  return found == held_.end() ? nullptr : found->get();
}

std::optional<RejectReason> StateSource::admit(const StateRequest& request) const {
  std::size_t places = 0;
  for (const StateRequest::Want& want : request.wants) {
    places += want.places.size();
    if (!is_sound(request.part, want)) return RejectReason::bad_structure;
  }
  if (request.wants.empty() || request.wants.size() > kMaxStateWants || places > kMaxStatePlaces) {
    return RejectReason::bad_structure;
  }
  const auto waiting = waiting_of_.find(request.sender());
  if (waiting != waiting_of_.end() && waiting->second >= kMaxWaiting) return RejectReason::throttled;
  return std::nullopt;
}

void StateSource::ask(const StateRequest& request) {
  ++waiting_of_[request.sender()];
  waiting_.push_back(request);
  if (Held* held = find(request.checkpoint)) held->used = ticks_;
}

void StateSource::tick() {
  ++ticks_;
  spent_ -= std::min(spent_, bytes_per_tick_);
  prune();
}

std::expected<std::vector<StateSource::Outgoing>, StoreError> StateSource::take_answers() {
  std::vector<Outgoing> out;
  while (!waiting_.empty() && spent_ < bytes_per_tick_) {
    const StateRequest request = std::move(waiting_.front());
    waiting_.pop_front();
    --waiting_of_[request.sender()];
    auto given = answer(request);
    if (!given) return std::unexpected(given.error());
    out.push_back({request.sender(), std::move(*given)});
  }
  return out;
}

std::expected<MessagePtr, StoreError> StateSource::answer(const StateRequest& request) {
  Held* held = find(request.checkpoint);
  auto answer = std::make_shared<StateAnswer>(self_, request.id, request.checkpoint, request.part, held != nullptr);
  if (held == nullptr) return answer;
  held->used = ticks_;
  std::size_t bytes = 0;
  for (const StateRequest::Want& want : request.wants) {
    StateAnswer::Given given{want.index, {}, {}};
    const auto shown = give(held->checkpoint, request.part, want, given, kStateChunkBytes - bytes);
    if (!shown) return std::unexpected(shown.error());
    if (!*shown) {
      answer->held = false;
      answer->given.clear();
      return answer;
    }
    bytes += bytes_of(given);
    answer->given.push_back(std::move(given));
    if (bytes >= kStateChunkBytes) break;
  }
  spent_ += bytes;
  return answer;
}

// Of leaves as many as there is room for, one at least. False: the frozen disk is gone.
std::expected<bool, StoreError> StateSource::give(const FrozenCheckpoint& from, StatePart part,
                                                  const StateRequest::Want& want, StateAnswer::Given& given,
                                                  std::size_t room) {
  if (part == StatePart::nodes) {
    for (std::uint32_t i = 0; i < kStateNodesPerWant; ++i) {
      given.digests.push_back(from.nodes[want.index * kStateNodesPerWant + i]);
    }
    return true;
  }
  std::uint32_t place = 0;
  auto next = want.places.begin();
  return from.store.scan(Table::leaves, bucket_prefix(want.index), [&](ByteView stored, ByteView value) {
    if (!is_in_bucket(stored, want.index)) return false;
    const ByteView key = leaf_key(stored);
    spent_ += key.size() + value.size();
    if (part == StatePart::bucket) {
      given.digests.push_back(state_leaf(key, value));
      return true;
    }
    if (next != want.places.end() && *next == place) {
      given.leaves.push_back({place, Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end())});
      room -= std::min(room, key.size() + value.size());
      ++next;
    }
    ++place;
    return room > 0 && next != want.places.end();
  });
}

}  // namespace breakwater

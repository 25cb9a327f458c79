#include "replica/state_fetcher.hpp"

#include <algorithm>

#include "replica/leaf_keys.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

namespace {

constexpr std::uint32_t kRoot = 1;
constexpr std::uint32_t kMiddle = kStateNodesPerWant;  // the level between the root and the buckets
static_assert(kMiddle * kStateNodesPerWant == StateTree::kBuckets);

constexpr std::uint32_t node_of_bucket(std::uint32_t bucket) { return StateTree::kBuckets + bucket; }

const StateRequest::Want* want_of(const std::vector<StateRequest::Want>& wants, std::uint32_t index) {
  const auto found = std::ranges::find(wants, index, &StateRequest::Want::index);
  return found == wants.end() ? nullptr : &*found;
}

}  // namespace

StateFetcher::StateFetcher(ReplicaId self, std::uint32_t replicas) : self_(self) {
  for (std::uint32_t id = 0; id < replicas; ++id) {
    if (ReplicaId(id) != self) donors_[ReplicaId(id)];
  }
}

void StateFetcher::start(const Fetch& target) {
  for (auto& [id, donor] : donors_) {
    donor.strikes = std::min(donor.strikes, 1u);  // who was silent comes after the others, until it answers
    donor.lacks_it = false;
    donor.under_way = 0;
  }
  asked_.clear();
  requests_.clear();
  nodes_asked_.clear();
  buckets_asked_.clear();
  if (target_ && target_->sequence == target.sequence && target_->root == target.root) {
    for (auto& [index, bucket] : buckets_) {
      std::ranges::replace(bucket.places, Place::asked, Place::missing);
    }
    return;
  }
  target_ = target;
  has_asked_for_newer_ = false;
  nodes_.assign(std::size_t{2} * StateTree::kBuckets, Digest{});
  nodes_[kRoot] = target.root;
  known_.assign(std::size_t{2} * kMiddle, false);
  buckets_.clear();
  to_look_at_.clear();
  home_sequence_ = SequenceNumber(0);
}

void StateFetcher::stop() {
  target_.reset();
  asked_.clear();
  requests_.clear();
  buckets_.clear();
  to_look_at_.clear();
  for (auto& [id, donor] : donors_) donor.under_way = 0;
}

std::optional<RejectReason> StateFetcher::admit(const StateAnswer& answer) const {
  const auto asked = asked_.find(answer.id);
  const bool is_wanted = target_ && asked != asked_.end() && asked->second.donor == answer.sender() &&
                         asked->second.part == answer.part && answer.checkpoint == target_->sequence;
  return is_wanted ? std::nullopt : std::optional(RejectReason::unwanted_chunk);
}

// What was asked for and did not come may be asked for again, of anybody.
void StateFetcher::forget(const Asked& asked) {
  Donor& donor = donors_.at(asked.donor);
  --donor.under_way;
  for (const StateRequest::Want& want : asked.wants) {
    if (asked.part == StatePart::nodes) nodes_asked_.erase(want.index);
    if (asked.part == StatePart::bucket) buckets_asked_.erase(want.index);
    if (asked.part != StatePart::leaves) continue;
    Bucket& bucket = buckets_.at(want.index);
    for (const std::uint32_t place : want.places) {
      if (bucket.places[place] == Place::asked) bucket.places[place] = Place::missing;
    }
  }
}

std::optional<RejectReason> StateFetcher::take(const StateAnswer& answer) {
  if (const auto reason = admit(answer)) return reason;
  const Asked asked = std::move(asked_.extract(answer.id).mapped());
  Donor& donor = donors_.at(asked.donor);
  bool is_true = true;
  for (const StateAnswer::Given& given : answer.given) {
    switch (answer.part) {
      case StatePart::nodes: is_true = take_nodes(given, asked); break;
      case StatePart::bucket: is_true = take_bucket(given, asked); break;
      case StatePart::leaves: is_true = take_leaves(given, asked); break;
    }
    if (!is_true) break;
  }
  forget(asked);
  if (!answer.held) {
    donor.lacks_it = true;
    return std::nullopt;
  }
  if (is_true && !answer.given.empty()) {
    donor.strikes = 0;
    return std::nullopt;
  }
  // A wrong part, or none at all: whoever holds the checkpoint can do better.
  donor.banned_until = ticks_ + kBanTicks;
  return RejectReason::bad_chunk;
}

bool StateFetcher::take_nodes(const StateAnswer::Given& given, const Asked& asked) {
  const bool fits = want_of(asked.wants, given.index) != nullptr && given.digests.size() == kStateNodesPerWant;
  if (!fits || state_node_over(given.digests) != nodes_[given.index]) return false;
  std::ranges::copy(given.digests, nodes_.begin() + std::ptrdiff_t{given.index} * kStateNodesPerWant);
  known_[given.index] = true;
  bytes_ += given.digests.size() * Digest::kSize;
  return true;
}

bool StateFetcher::take_bucket(const StateAnswer::Given& given, const Asked& asked) {
  const bool fits = want_of(asked.wants, given.index) != nullptr;
  const bool is_proved = state_bucket_digest(given.digests) == nodes_[node_of_bucket(given.index)];
  if (!fits || (!is_proved && !mutant(Mutant::one_donor_trusted))) return false;
  bytes_ += given.digests.size() * Digest::kSize;
  Bucket& bucket = buckets_[given.index];
  bucket.leaves = given.digests;
  bucket.places.assign(given.digests.size(), Place::missing);
  bucket.missing = given.digests.size();
  to_look_at_.insert(given.index);
  return true;
}

bool StateFetcher::take_leaves(const StateAnswer::Given& given, const Asked& asked) {
  const StateRequest::Want* want = want_of(asked.wants, given.index);
  if (want == nullptr || given.leaves.empty()) return false;
  Bucket& bucket = buckets_.at(given.index);
  for (const StateAnswer::Leaf& leaf : given.leaves) {
    if (!std::ranges::binary_search(want->places, leaf.place)) return false;
    if (bucket.places[leaf.place] != Place::asked) return false;  // given twice
    const bool is_proved = state_leaf(leaf.key, leaf.value) == bucket.leaves[leaf.place];
    if (!is_proved && !mutant(Mutant::one_donor_trusted)) return false;
    if (!is_proved) bucket.leaves[leaf.place] = state_leaf(leaf.key, leaf.value);
    bucket.places[leaf.place] = Place::staged;
    --bucket.missing;
    bytes_ += leaf.key.size() + leaf.value.size();
    staged_.push_back({Table::staging, stored_leaf_key(leaf.key), leaf.value});
  }
  return true;
}

void StateFetcher::tick() {
  ++ticks_;
  for (auto it = asked_.begin(); it != asked_.end();) {
    if (ticks_ < it->second.deadline) {
      ++it;
      continue;
    }
    ++donors_.at(it->second.donor).strikes;
    forget(it->second);
    it = asked_.erase(it);
  }
}

// Every bucket of the target that is known to differ from home's, by index.
template <class Visit>
void StateFetcher::each_open_bucket(Home home, Visit visit) const {
  for (std::uint32_t middle = kMiddle; middle < 2 * kMiddle; ++middle) {
    if (!known_[kRoot] || !known_[middle] || !differs(home, middle)) continue;
    const std::uint32_t first = middle * kStateNodesPerWant;
    for (std::uint32_t node = first; node < first + kStateNodesPerWant; ++node) {
      if (differs(home, node)) visit(node - StateTree::kBuckets);
    }
  }
}

std::expected<void, StoreError> StateFetcher::look_at_home(std::uint32_t index, Bucket& bucket, Home home,
                                                           const Store& store) {
  std::map<Digest, std::size_t> wanted;
  for (std::size_t place = 0; place < bucket.leaves.size(); ++place) {
    if (bucket.places[place] == Place::missing) wanted[bucket.leaves[place]] = place;
  }
  const auto look = [&](Place found) {
    return [&, found](ByteView stored, ByteView value) {
      if (!is_in_bucket(stored, index)) return false;
      const auto match = wanted.find(state_leaf(leaf_key(stored), value));
      if (match != wanted.end()) {
        bucket.places[match->second] = found;
        --bucket.missing;
        wanted.erase(match);
      }
      return !wanted.empty();
    };
  };
  if (!wanted.empty() && home != nullptr) {
    const auto shown = home->store.scan(Table::leaves, bucket_prefix(index), look(Place::home));
    if (!shown) return std::unexpected(shown.error());
  }
  if (wanted.empty()) return {};
  return store.scan(Table::staging, bucket_prefix(index), look(Place::staged));
}

std::expected<StateFetcher::State, StoreError> StateFetcher::advance(Home home, const Store& store) {
  BW_ASSERT(target_);
  const SequenceNumber at_home = home == nullptr ? SequenceNumber(0) : home->sequence;
  if (at_home != home_sequence_) {
    // Home has moved on: what was found there may be gone.
    home_sequence_ = at_home;
    for (auto& [index, bucket] : buckets_) {
      for (Place& place : bucket.places) {
        if (place != Place::home) continue;
        place = Place::missing;
        ++bucket.missing;
      }
      if (bucket.missing > 0) to_look_at_.insert(index);
    }
  }
  if (staged_.empty()) {  // else some of it is not in the store yet
    for (const std::uint32_t index : to_look_at_) {
      if (auto done = look_at_home(index, buckets_.at(index), home, store); !done) {
        return std::unexpected(done.error());
      }
    }
    to_look_at_.clear();
  }
  if (is_complete(home) && staged_.empty()) return State::complete;
  while (const std::optional<ReplicaId> donor = choose_donor()) {
    auto next = next_wants(home);
    if (!next) break;
    const std::uint64_t id = next_id_++;
    Donor& chosen = donors_.at(*donor);
    ++chosen.under_way;
    const std::uint64_t patience = kPatienceTicks << std::min(chosen.strikes, kMaxStrikes);
    requests_.push_back(
        {*donor, std::make_shared<StateRequest>(self_, id, target_->sequence, next->first, next->second)});
    asked_[id] = {*donor, next->first, std::move(next->second), ticks_ + patience};
  }
  return has_donor() ? State::working : State::no_donor;
}

// Where some have gone on to a newer checkpoint and the rest is silent, waiting for the silent ones would hold up a
// group that needs this replica: the newer one is asked for first, once.
bool StateFetcher::has_donor() {
  const auto any = [&](auto holds) { return std::ranges::any_of(donors_, holds); };
  const bool has_usable = any([&](const auto& d) { return is_usable(d.second); });
  const bool has_prompt = any([&](const auto& d) { return is_usable(d.second) && d.second.strikes == 0; });
  const bool some_lack_it = any([](const auto& d) { return d.second.lacks_it; });
  if (has_prompt || (has_usable && !some_lack_it)) return true;
  if (some_lack_it && !std::exchange(has_asked_for_newer_, true)) return false;
  return has_usable || !asked_.empty();
}

bool StateFetcher::is_complete(Home home) const {
  if (!differs(home, kRoot)) return true;
  if (!known_[kRoot]) return false;
  for (std::uint32_t middle = kMiddle; middle < 2 * kMiddle; ++middle) {
    if (differs(home, middle) && !known_[middle]) return false;
  }
  bool complete = true;
  each_open_bucket(home, [&](std::uint32_t index) {
    if (nodes_[node_of_bucket(index)] == Digest{}) return;
    const auto bucket = buckets_.find(index);
    complete = complete && bucket != buckets_.end() && bucket->second.missing == 0;
  });
  return complete;
}

// The next level first, so that there is always enough to ask for; of one kind, as much as fits one request.
std::optional<std::pair<StatePart, std::vector<StateRequest::Want>>> StateFetcher::next_wants(Home home) {
  std::vector<StateRequest::Want> wants;
  const auto want_node = [&](std::uint32_t node) {
    if (differs(home, node) && !known_[node] && nodes_asked_.insert(node).second) wants.push_back({node, {}});
  };
  want_node(kRoot);
  for (std::uint32_t middle = kMiddle; middle < 2 * kMiddle && known_[kRoot] && wants.size() < kMaxStateWants;
       ++middle) {
    want_node(middle);
  }
  if (!wants.empty()) return std::pair(StatePart::nodes, std::move(wants));

  each_open_bucket(home, [&](std::uint32_t index) {
    const bool is_empty = nodes_[node_of_bucket(index)] == Digest{};
    if (is_empty || wants.size() == kMaxStateWants || buckets_.contains(index)) return;
    if (buckets_asked_.insert(index).second) wants.push_back({index, {}});
  });
  if (!wants.empty()) return std::pair(StatePart::bucket, std::move(wants));

  std::size_t places = 0;
  each_open_bucket(home, [&](std::uint32_t index) {
    const auto found = buckets_.find(index);
    if (found == buckets_.end() || found->second.missing == 0 || to_look_at_.contains(index)) return;
    if (wants.size() == kMaxStateWants || places == kMaxStatePlaces) return;
    Bucket& bucket = found->second;
    StateRequest::Want want{index, {}};
    for (std::uint32_t place = 0; place < bucket.places.size() && places < kMaxStatePlaces; ++place) {
      if (bucket.places[place] != Place::missing) continue;
      bucket.places[place] = Place::asked;
      want.places.push_back(place);
      ++places;
    }
    if (!want.places.empty()) wants.push_back(std::move(want));
  });
  if (!wants.empty()) return std::pair(StatePart::leaves, std::move(wants));
  return std::nullopt;
}

bool StateFetcher::is_usable(const Donor& donor) const {
  return !donor.lacks_it && donor.strikes < kMaxStrikes && donor.banned_until <= ticks_;
}

// Whoever was silent least, then has least to do, in turn: one part may be all that the next level waits for, so it is
// not given to a donor that owes an answer while another has room.
std::optional<ReplicaId> StateFetcher::choose_donor() {
  std::optional<ReplicaId> chosen;
  std::pair<std::uint32_t, std::size_t> least(kMaxStrikes, kWindow);
  const auto count = static_cast<std::uint32_t>(donors_.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& [id, donor] = *std::next(donors_.begin(), (next_donor_ + i) % count);
    const std::pair load(donor.strikes, donor.under_way);
    if (!is_usable(donor) || donor.under_way == kWindow || load >= least) continue;
    least = load;
    chosen = id;
  }
  if (chosen) ++next_donor_;
  return chosen;
}

std::expected<std::optional<std::vector<Record>>, StoreError> StateFetcher::installation(const Store& store) const {
  std::vector<Record> records;
  bool whole = true;
  const auto visit_bucket = [&](Table table, std::uint32_t index, const auto& visit) {
    return store.scan(table, bucket_prefix(index), [&](ByteView stored, ByteView value) {
      if (!is_in_bucket(stored, index)) return false;
      visit(stored, value);
      return true;
    });
  };
  const auto replace = [&](std::uint32_t index, const std::vector<Digest>& leaves) -> std::expected<void, StoreError> {
    std::set<Digest> wanted(leaves.begin(), leaves.end());
    auto done = visit_bucket(Table::leaves, index, [&](ByteView stored, ByteView value) {
      if (wanted.erase(state_leaf(leaf_key(stored), value)) > 0) return;
      records.push_back({Table::leaves, Bytes(stored.begin(), stored.end()), std::nullopt});
    });
    if (!done) return done;
    done = visit_bucket(Table::staging, index, [&](ByteView stored, ByteView value) {
      if (wanted.erase(state_leaf(leaf_key(stored), value)) == 0) return;
      records.push_back(
          {Table::leaves, Bytes(stored.begin(), stored.end()), std::optional(Bytes(value.begin(), value.end()))});
    });
    whole = whole && wanted.empty();
    return done;
  };
  for (const auto& [index, bucket] : buckets_) {
    if (auto done = replace(index, bucket.leaves); !done) return std::unexpected(done.error());
  }
  // Buckets that are empty in the target.
  for (std::uint32_t middle = kMiddle; middle < 2 * kMiddle; ++middle) {
    for (std::uint32_t i = 0; i < kStateNodesPerWant && known_[middle]; ++i) {
      const std::uint32_t node = middle * kStateNodesPerWant + i;
      if (nodes_[node] != Digest{}) continue;
      if (auto done = replace(node - StateTree::kBuckets, {}); !done) return std::unexpected(done.error());
    }
  }
  const auto emptied = store.scan(Table::staging, {}, [&](ByteView stored, ByteView) {
    records.push_back({Table::staging, Bytes(stored.begin(), stored.end()), std::nullopt});
    return true;
  });
  if (!emptied) return std::unexpected(emptied.error());
  if (!whole) return std::nullopt;
  return records;
}

std::string StateFetcher::progress() const {
  if (!target_) return "";
  std::size_t leaves = 0, missing = 0;
  for (const auto& [index, bucket] : buckets_) {
    leaves += bucket.leaves.size();
    missing += bucket.missing;
  }
  std::string donors;
  for (const auto& [id, donor] : donors_) {
    if (is_usable(donor)) donors += " " + std::to_string(id.value);
  }
  return "the state of checkpoint " + std::to_string(target_->sequence.value) + ": " +
         std::to_string(leaves - missing) + " of " + std::to_string(leaves) + " leaves that differ, " +
         std::to_string(bytes_ / 1024) + " KiB fetched, donors" + (donors.empty() ? " none" : donors);
}

}  // namespace breakwater

// Fetches the state of one checkpoint from several donors, any of whom may lie: node by node down the Merkle tree,
// only what differs from what is at home. Each part is checked against the root before anything depends on it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replica/state_source.hpp"

namespace breakwater {

// One thread. What it has fetched lies in Table::staging, so that a crash, or the next checkpoint, costs nothing again.
class StateFetcher {
 public:
  static constexpr std::size_t kWindow = 2;             // requests under way at one donor
  static constexpr std::uint64_t kPatienceTicks = 100;  // for one answer; doubles with each that did not come
  static constexpr std::uint32_t kMaxStrikes = 3;       // then the others come first
  static constexpr std::uint64_t kBanTicks = 6000;      // of a donor that lied

  StateFetcher(ReplicaId self, std::uint32_t replicas);

  bool active() const { return target_.has_value(); }
  const std::optional<Fetch>& target() const { return target_; }
  void start(const Fetch& target);
  void stop();

  std::optional<RejectReason> admit(const StateAnswer& answer) const;
  // Nothing, or why the answer was of no use.
  std::optional<RejectReason> take(const StateAnswer& answer);
  void tick();

  enum class State : std::uint8_t { working, complete, no_donor };
  // What there is to do next: looks at home for what is known to be wanted, and asks for the rest. `home` is this
  // replica's last checkpoint, or null.
  std::expected<State, StoreError> advance(const FrozenCheckpoint* home, const Store& store);
  struct Outgoing {
    ReplicaId to;
    MessagePtr request;
  };
  std::vector<Outgoing> take_requests() { return std::exchange(requests_, {}); }
  std::vector<Record> take_staged() { return std::exchange(staged_, {}); }
  bool has_staged() const { return !staged_.empty(); }
  // What could not be written yet.
  void put_back(std::vector<Record> staged) { staged_ = std::move(staged); }

  // After `complete`: the writes that turn Table::leaves, which holds `home`, into the target's, and empty the staging.
  // Nothing: a leaf is at neither place.
  std::expected<std::optional<std::vector<Record>>, StoreError> installation(const Store& store) const;

  // One line for the status.
  std::string progress() const;
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class Place : std::uint8_t { missing, asked, staged, home };
  struct Bucket {
    std::vector<Digest> leaves;  // in key order
    std::vector<Place> places;
    std::size_t missing = 0;  // places that are neither staged nor at home
  };
  struct Donor {
    std::size_t under_way = 0;
    std::uint32_t strikes = 0;
    bool lacks_it = false;
    std::uint64_t banned_until = 0;
  };
  struct Asked {
    ReplicaId donor;
    StatePart part;
    std::vector<StateRequest::Want> wants;
    std::uint64_t deadline;
  };
  using Home = const FrozenCheckpoint*;

  bool differs(Home home, std::uint32_t node) const { return home == nullptr || home->nodes[node] != nodes_[node]; }
  template <class Visit>
  void each_open_bucket(Home home, Visit visit) const;
  std::expected<void, StoreError> look_at_home(std::uint32_t index, Bucket& bucket, Home home, const Store& store);
  std::optional<std::pair<StatePart, std::vector<StateRequest::Want>>> next_wants(Home home);
  std::optional<ReplicaId> choose_donor();
  bool is_usable(const Donor& donor) const;
  bool has_donor();
  bool is_complete(Home home) const;
  void forget(const Asked& asked);
  bool take_nodes(const StateAnswer::Given& given, const Asked& asked);
  bool take_bucket(const StateAnswer::Given& given, const Asked& asked);
  bool take_leaves(const StateAnswer::Given& given, const Asked& asked);

  const ReplicaId self_;
  std::map<ReplicaId, Donor> donors_;
  std::uint64_t ticks_ = 0;
  std::uint64_t next_id_ = 1;
  std::uint32_t next_donor_ = 0;

  std::optional<Fetch> target_;
  bool has_asked_for_newer_ = false;  // by saying that there is no donor, of this target
  std::vector<Digest> nodes_;         // of the target, as far as known
  std::vector<bool> known_;           // per inner node that was asked for: the level below it
  std::set<std::uint32_t> nodes_asked_, buckets_asked_;
  std::map<std::uint32_t, Bucket> buckets_;  // those that differ, once their leaves' digests are known
  std::set<std::uint32_t> to_look_at_;       // buckets: what of them is at home?
  SequenceNumber home_sequence_;
  std::map<std::uint64_t, Asked> asked_;
  std::vector<Outgoing> requests_;
  std::vector<Record> staged_;
  std::uint64_t bytes_ = 0;
};

}  // namespace breakwater

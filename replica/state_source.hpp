// What a replica gives to peers that fetch state: its last checkpoints, frozen on its disk.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "crypto/merkle.hpp"
#include "replication/transfer.hpp"
#include "store/store.hpp"

namespace breakwater {

// One checkpoint as it was.
struct FrozenCheckpoint {
  SequenceNumber sequence;
  StateNodes nodes;
  FrozenStore store;  // its leaves

  const Digest& root() const { return nodes[1]; }
};

// One thread. Bounded: kRecent and kPinned checkpoints, kMaxWaiting requests of each peer.
class StateSource {
 public:
  static constexpr std::size_t kRecent = 3;            // kept whether anybody asks or not
  static constexpr std::size_t kPinned = 2;            // older ones, while somebody fetches them
  static constexpr std::uint64_t kPinTicks = 200;      // since it was last asked for
  static constexpr std::uint64_t kMaxPinTicks = 6000;  // in all: a frozen disk grows
  static constexpr std::size_t kMaxWaiting = 4;

  // Answers cost at most `bytes_per_tick`, what is read and what is sent, in the long run: the rest of the replica goes
  // on meanwhile.
  StateSource(ReplicaId self, std::size_t bytes_per_tick) : self_(self), bytes_per_tick_(bytes_per_tick) {}

  // The caller guarantees that sequences rise.
  void add(FrozenCheckpoint checkpoint);
  void clear() { held_.clear(); }
  // The last checkpoint that is on disk; null when there is none.
  const FrozenCheckpoint* latest() const { return held_.empty() ? nullptr : &held_.back()->checkpoint; }

  std::optional<RejectReason> admit(const StateRequest& request) const;
  // The caller guarantees that admit() had nothing to say.
  void ask(const StateRequest& request);
  void tick();

  struct Outgoing {
    ReplicaId to;
    MessagePtr answer;
  };
  // As many answers as may be given now. An error: a damaged value; nothing of it is served.
  std::expected<std::vector<Outgoing>, StoreError> take_answers();

 private:
  struct Held {
    FrozenCheckpoint checkpoint;
    std::uint64_t since = 0;            // ticks
    std::optional<std::uint64_t> used;  // when it was last asked for
  };
  void prune();
  Held* find(SequenceNumber sequence);
  std::expected<MessagePtr, StoreError> answer(const StateRequest& request);
  std::expected<bool, StoreError> give(const FrozenCheckpoint& from, StatePart part, const StateRequest::Want& want,
                                       StateAnswer::Given& given, std::size_t room);

  const ReplicaId self_;
  const std::size_t bytes_per_tick_;
  std::deque<std::unique_ptr<Held>> held_;  // by sequence
  std::deque<StateRequest> waiting_;
  std::map<ReplicaId, std::size_t> waiting_of_;
  std::uint64_t ticks_ = 0;
  std::size_t spent_ = 0;  // bytes of this tick, and what earlier ones took too much
};

}  // namespace breakwater

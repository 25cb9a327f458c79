// State transfer of one replica, both ways: what it gives to peers, and what it fetches from them.
#pragma once

#include "replica/state_fetcher.hpp"
#include "replica/state_source.hpp"
#include "replication/verified.hpp"

namespace breakwater {

class Outlet;

// One thread. The store and the outlet must outlive it.
class StateTransfer {
 public:
  StateTransfer(ReplicaId self, std::uint32_t replicas, Store& store, Outlet& outlet, std::size_t bytes_per_tick)
      : store_(store), outlet_(outlet), source_(self, bytes_per_tick), fetcher_(self, replicas) {}

  // Cheap checks for the gate.
  std::optional<RejectReason> admit(const TransferMessage& message) const;
  // Nothing, or why the message was of no use.
  std::optional<RejectReason> step(const TransferMessage& message);
  void tick();

  // The state of a checkpoint that the store holds from the last commit on; `nodes` of its tree.
  std::expected<void, StoreError> hold(SequenceNumber sequence, const StateNodes& nodes);

  void fetch(const Fetch& target);
  struct Outcome {
    SequenceNumber sequence;
    bool whole;
  };
  // Answers peers, keeps what came, asks for more. What became of the fetch, once. After an error
  // of no room nothing is lost, and it may be tried again.
  std::expected<std::optional<Outcome>, StoreError> run();
  // After a whole outcome: see StateFetcher::installation.
  std::expected<std::optional<std::vector<Record>>, StoreError> installation() const {
    return fetcher_.installation(store_);
  }
  // The installed state replaces every checkpoint that was held. Fetching is over.
  void installed();

  // One line while something is fetched, else empty.
  std::string progress() const { return is_over_ ? "" : fetcher_.progress(); }
  std::uint64_t bytes_fetched() const { return fetcher_.bytes(); }

 private:
  Store& store_;
  Outlet& outlet_;
  StateSource source_;
  StateFetcher fetcher_;
  bool is_over_ = true;  // nothing more is fetched until the engine says so
};

}  // namespace breakwater

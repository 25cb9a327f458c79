// The loop that performs an engine's effects: the same lines in a process and in the simulator.
#pragma once

#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "replication/engine.hpp"

namespace breakwater {

// The world around one engine.
class World {
 public:
  virtual ~World() = default;
  // Begins one synced transaction; the loop begins no other before this one has ended.
  virtual void begin_persist(std::vector<Record> records) = 0;
  // Of the transaction begun last. `done`: it is durable. `failed`: it is not, and this replica must stop.
  enum class Persisting { under_way, done, failed };
  virtual Persisting persisting() = 0;
  virtual void send(const Outbound& outbound) = 0;
  // Applies the slot; returns the digest of the state after it exactly when checkpoint_due.
  virtual std::optional<Digest> execute(const Committed& slot) = 0;
  virtual void serve(const ArchiveRead& read) = 0;
  virtual void found(const EvidenceFound& evidence) = 0;
  virtual void rejected(const Rejected& rejected) = 0;
};

// Persist before send is enforced here and nowhere else: what names a token, and every execution, waits until the
// transaction with that token is durable. While one transaction is under way the engine goes on, and what it wants
// persisted meanwhile goes into the next one together (group commit). One thread; both must outlive it.
class Loop {
 public:
  Loop(Engine& engine, World& world) : engine_(engine), world_(world) {}

  // Performs effects until none is left that can be performed now. To be called after inputs, and when a transaction
  // has ended. False after a failed transaction: nothing that depended on it has happened, and the caller stops the
  // replica.
  bool run();

 private:
  // What waits for a transaction, in the order in which the engine wanted it.
  struct Waiting {
    PersistToken token;
    std::variant<Outbound, Committed> effect;
  };
  bool end_transaction();
  void take(Ready ready);
  void release();

  Engine& engine_;
  World& world_;
  std::vector<Record> records_;  // of the next transaction
  PersistToken records_token_;   // the last one among them
  std::optional<PersistToken> under_way_;
  PersistToken durable_;
  std::deque<Waiting> waiting_;  // bounded by the engine's log window
};

}  // namespace breakwater

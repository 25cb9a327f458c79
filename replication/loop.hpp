// The loop that performs an engine's effects: the same twenty lines in a process and in the simulator.
#pragma once

#include <span>

#include "replication/engine.hpp"

namespace breakwater {

// The world around one engine.
class World {
 public:
  virtual ~World() = default;
  // One synced transaction, durable when it returns. False: it is not, and this replica must stop.
  virtual bool persist(std::span<const Record> records) = 0;
  virtual void send(const Outbound& outbound) = 0;
  // Applies the slot; returns the digest of the state after it exactly when checkpoint_due.
  virtual std::optional<Digest> execute(const Committed& slot) = 0;
  virtual void serve(const ArchiveRead& read) = 0;
  virtual void answer(const RequestPtr& read) = 0;
  virtual SnapshotPtr load_snapshot() = 0;
  virtual void fetch(const Fetch& fetch) = 0;
  // Nothing: the transaction failed, and this replica must stop. False: no such state was fetched.
  virtual std::optional<bool> install(const Install& install) = 0;
  virtual void found(const EvidenceFound& evidence) = 0;
  virtual void rejected(const Rejected& rejected) = 0;
};

// Performs effects until the engine has none left. Persist before send is enforced here and nowhere else: a message
// leaves only when the transaction that it names is durable. False after a failed transaction: nothing that depended
// on it has happened, and the caller stops the replica.
bool drain(Engine& engine, World& world);

}  // namespace breakwater

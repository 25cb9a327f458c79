// The loop that performs an engine's effects: the same in a process and in the simulator.
#pragma once

#include <expected>
#include <optional>
#include <span>

#include "replication/engine.hpp"

namespace breakwater {

// Why a transaction is not durable.
enum class Unsaved {
  no_room,  // nothing was changed; the same transaction may be tried again
  failed,   // this replica must stop
};

// The world around one engine.
class World {
 public:
  virtual ~World() = default;
  // One synced transaction, durable when it returns.
  virtual std::expected<void, Unsaved> persist(std::span<const Record> records) = 0;
  virtual void send(const Outbound& outbound) = 0;
  virtual Execution execute(const Committed& slot) = 0;
  virtual void serve(const ArchiveRead& read) = 0;
  virtual void answer(const RequestPtr& read) = 0;
  virtual SnapshotPtr load_snapshot() = 0;
  virtual void fetch(const Fetch& fetch) = 0;
  // False: no such state was fetched.
  virtual std::expected<bool, Unsaved> install(const Install& install) = 0;
  virtual void found(const EvidenceFound& evidence) = 0;
  virtual void rejected(const Rejected& rejected) = 0;
};

// Persist before send is enforced here and nowhere else: a message leaves only when the transaction that it names is
// durable. One thread.
class EffectLoop {
 public:
  // Performs effects until the engine has none left, or a transaction is not durable: then nothing that depended on it
  // has happened. After `no_room` the effects that are left stay here, and the next run() goes on with that same
  // transaction; until it is durable the caller keeps every input, ticks included, from the engine, for which the disk
  // is merely slow. After `failed` the caller stops the replica.
  std::expected<void, Unsaved> run(Engine& engine, World& world);

 private:
  std::expected<void, Unsaved> perform(Engine& engine, World& world);
  static void announce(const Ready& ready, World& world);
  static void send_durable(const Ready& ready, World& world);

  Ready ready_;              // under way
  bool under_way_ = false;   // not all of `ready_` has been performed
  bool is_durable_ = false;  // `ready_.persist` is, and all before `install` has been performed
};

}  // namespace breakwater

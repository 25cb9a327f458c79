// One replica without a process around it: engine, application, store and the loop between them. The same code runs in
// node/ over LMDB and ZeroMQ and in sim/ over simulated ones.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>

#include "crypto/authenticator.hpp"
#include "crypto/signer.hpp"
#include "replica/application.hpp"
#include "replica/state_transfer.hpp"
#include "replication/engine.hpp"
#include "replication/loop.hpp"
#include "replication/reply.hpp"
#include "store/store.hpp"

namespace breakwater {

// Where a replica's messages go. Lossy: nothing is reported back.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(std::optional<ReplicaId> to, const MessagePtr& message) = 0;
  virtual void reply(const Reply& reply) = 0;
  // False: such a reply would go nowhere, and need not be made.
  virtual bool reaches(ClientId, RequestNumber) const { return true; }
  // What was sent may wait for more until this, or until the caller waits for input.
  virtual void flush() {}
};

inline constexpr std::size_t kTransferBytesPerTick = 512 * 1024;

struct ReplicaParts {
  ReplicaId self;
  Store& store;
  StateMachine& machine;
  Signer* signer;  // null: what it answers is unsigned, and no receipt
  const Roster& roster;
  Outlet& outlet;
  EngineFactory& factory;
  GroupRules rules = {};
  // Fault injection: a decorator around the engine; empty for a correct replica.
  std::function<std::unique_ptr<Engine>(std::unique_ptr<Engine>)> decorate = {};
  std::size_t transfer_bytes_per_tick = kTransferBytesPerTick;  // see StateSource
  // Called with each archived slot that a start applies again, for observers.
  std::function<void(const Committed&, const std::vector<Application::Answer>&)> on_replay = {};
};

// Counted by name; for metrics and tests.
struct ReplicaCounters {
  std::array<std::uint64_t, kRejectReasonCount> rejected{};
  std::uint64_t transactions = 0, records = 0;
  std::uint64_t slots = 0, requests = 0, commands = 0;
  std::uint64_t messages_sent = 0, evidence = 0;
  std::uint64_t replies = 0;  // also those for clients that are out of reach, or listen to other replicas
};

// One thread. The parts must outlive it.
class Replica final : private World {
 public:
  // Loads the last checkpoint, applies the archived slots after it, and makes the engine from its journal. The error
  // names what is damaged: then the store is not to be trusted and the replica does not start.
  static std::expected<std::unique_ptr<Replica>, StoreError> recover(const ReplicaParts& parts);

  // Cheap checks for the gate.
  std::optional<RejectReason> admit(const Message& message) const;
  // Nothing when the request should be authenticated and handed to request().
  std::optional<RejectReason> admit(const Request& request) const;

  // Inputs. None takes effect outside before the next run(). While the disk has no room they are dropped and counted.
  // What the authenticator says of a peer's message, whatever that is.
  void step(Authenticated message);
  // Answers from the session table, or hands the request to the engine, or says who else takes it.
  void request(Verified<RequestPtr> request);
  void tick(AgreedTime wall_clock);
  // A rejection at the gate, counted with the engine's own.
  void count_rejected(RejectReason reason) { ++counters_.rejected[static_cast<std::size_t>(reason)]; }

  // Performs all effects. An error is a durability failure: the caller stops the replica. A disk without room is none:
  // the replica is paused then. It votes for nothing, answers nobody, and tries its transaction again once a tick; when
  // that is durable it goes on as if the disk had been slow.
  std::expected<void, StoreError> run();
  bool is_paused() const { return shortage_.has_value(); }

  EngineStatus status() const;
  std::vector<Held> held() const { return engine_->held(); }
  Digest state_digest() { return application_.root(); }
  SequenceNumber executed() const { return executed_; }
  const ReplicaCounters& counters() const { return counters_; }
  // Everybody who was readmitted, as executed so far; and a call with each one more, from the loop's thread.
  std::vector<Readmission> readmissions() { return application_.membership().readmissions(); }
  void watch_readmissions(std::function<void(const Readmission&)> watcher) {
    application_.membership().on_readmission = std::move(watcher);
  }
  // Called with each new piece of evidence, for the log.
  std::function<void(const EvidenceFound&)> on_evidence;
  // Called with each slot that was executed, for observers.
  std::function<void(const Committed&, const std::vector<Application::Answer>&)> on_execute;

  // Called with each read that was answered without a slot, likewise.
  std::function<void(const Request&, const std::vector<Bytes>&)> on_read;
  // Called when the state was replaced by a snapshot's, with its slot.
  std::function<void(SequenceNumber)> on_install;

 private:
  explicit Replica(const ReplicaParts& parts);
  void step(Verified<MessagePtr> message);
  std::expected<void, StoreError> restore();
  std::expected<void, StoreError> load_leaves();
  std::expected<Recovered, StoreError> read_journal() const;
  void run_transfer();

  std::expected<void, Unsaved> persist(std::span<const Record> records) override;
  void send(const Outbound& outbound) override;
  Execution execute(const Committed& slot) override;
  Digest checkpoint(SequenceNumber sequence);
  void serve(const ArchiveRead& read) override;
  void answer(const RequestPtr& read) override;
  SnapshotPtr load_snapshot() override;
  void fetch(const Fetch& fetch) override { transfer_.fetch(fetch); }
  std::expected<bool, Unsaved> install(const Install& install) override;
  std::expected<bool, Unsaved> reload(const Snapshot& snapshot);
  void found(const EvidenceFound& evidence) override;
  void rejected(const Rejected& rejected) override;
  void answer(const Application::Answer& answer, ViewNumber view);
  Reply reply_for(const Request& request, ReplyStatus status, ViewNumber view) const;
  bool may_be_read(const Request& request) const;
  void turn_away(const Request& request, ReplyStatus status);
  void sign_results(const std::vector<Application::Answer>& answers, SequenceNumber sequence);
  void reply_to(const std::vector<Application::Answer>& answers, SequenceNumber sequence);

  // What signs the results of a recent slot, so that a retry gets a reply fit for a receipt too.
  struct SlotProof {
    MerkleTree results;
    std::map<std::pair<ClientId, RequestNumber>, std::uint32_t> place;  // among its leaves
    Signature signature;
  };

  ReplicaParts parts_;
  Application application_;
  std::unique_ptr<Engine> engine_;
  EffectLoop effects_;
  std::optional<StoreError> shortage_;  // of room on the disk: what the transaction under way was told
  bool transfer_is_short_ = false;      // it is the transfer's own
  bool retry_is_due_ = false;
  AgreedTime wall_clock_;  // at the last tick
  SequenceNumber executed_;
  StateTransfer transfer_;
  // Sealed, of a checkpoint that the next transaction saves: its leaves and root; and the nodes of its tree.
  std::vector<Record> with_next_transaction_;
  struct UnsavedCheckpoint {
    SequenceNumber sequence;
    StateNodes nodes;
  };
  std::optional<UnsavedCheckpoint> unsaved_checkpoint_;
  std::map<SequenceNumber, SlotProof> proofs_;  // of the last kProofsKept slots
  std::optional<StoreError> failure_;
  ReplicaCounters counters_;
};

}  // namespace breakwater

// The contract between a consensus engine and the world around it: inputs in, effects out, nothing in between.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"
#include "replication/reject_reason.hpp"
#include "replication/request.hpp"
#include "replication/verified.hpp"

namespace breakwater {

// A message between replicas. Each engine has its own kinds; everyone else passes them on unread.
class Message {
 public:
  virtual ~Message() = default;
  virtual std::string_view name() const = 0;
  virtual ReplicaId sender() const = 0;
  // The client's request that this message does nothing but pass on, if so: what has executed need not reach the
  // engine.
  virtual RequestPtr passed_on() const { return nullptr; }
};
using MessagePtr = std::shared_ptr<const Message>;

// A message whose outer signature holds although a signature inside the signed body does not: its sender signed
// something that no correct replica signs.
struct Spoiled {
  MessagePtr message;
};

// What a replica said over its own authenticated channel, although its own signature on it, or the digest that it
// signed, does not hold: whoever has the channel is faulty. It convinces nobody who was not told it.
struct Garbled {
  MessagePtr message;
};

// Durable tables. The store lays them out; keys order as bytes.
enum class Table : std::uint8_t { meta, journal, archive, leaves, roots, evidence, transcripts, staging };
inline constexpr std::size_t kTableCount = 8;

// One write of a transaction: a value put, or erased when absent.
struct Record {
  Table table;
  Bytes key;
  std::optional<Bytes> value;
};

// A message to `to`, or to all other replicas when absent. If it names a token it must not leave this process
// before that token's transaction is synced.
struct Outbound {
  std::optional<ReplicaId> to;
  MessagePtr message;
  std::optional<PersistToken> after;
};

// A decided slot, ready to be applied. `batch` is null for a null request.
struct Committed {
  SequenceNumber sequence;
  ViewNumber view;
  BatchPtr batch;
  bool checkpoint_due;  // the execution must tell the state
};

// What came of a slot that was applied.
struct Execution {
  std::optional<Digest> state;  // after it, exactly when a checkpoint was due
  // Of clients in the slot: up to which number their requests are spent by now, whether they executed or not.
  std::vector<std::pair<ClientId, RequestNumber>> spent;
  std::uint64_t fresh_work = 0;  // work_of() its requests that had not executed before
};

// Decided slots that a peer asked for; the world reads them from the archive and sends them.
struct ArchiveRead {
  ReplicaId to;
  SequenceNumber first;
  SequenceNumber last;
};

// The last checkpoint of this replica.
struct Snapshot {
  SequenceNumber sequence;
  Bytes slot;  // the archive's record of slot `sequence`; empty when it is past its retention
  Digest root;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// The state of a checkpoint that this replica needs, under a root that the engine knows to be right.
struct Fetch {
  SequenceNumber sequence;
  Digest root;
};

// Replaces the state by the one that was fetched, and the archive by what follows it, in one transaction with
// `records`.
struct Install {
  Snapshot snapshot;  // `slot` may be empty
  std::vector<Record> records;
};

// A contradiction proved by signatures: canonical bytes that `evidence verify` convicts from.
struct EvidenceFound {
  ReplicaId accused;
  std::string kind;
  Bytes key;    // where it is kept in Table::evidence; one bounded set per accused
  Bytes bytes;  // also in `persist`
};

struct Rejected {
  RejectReason reason;
  std::string_view message;  // the kind of the input
  std::optional<ReplicaId> sender;
};

// All effects since the last call; replication/loop.hpp performs them.
struct Ready {
  PersistToken token;              // of `persist`, reported back by Engine::persisted; of the last transaction
                                   // when there is nothing to persist
  std::vector<Record> persist;     // one synced transaction
  std::vector<Outbound> send;      // each waits for the token it names, if it names one
  std::vector<Committed> execute;  // strictly increasing sequence numbers, each once; after `persist`, since a
                                   // decision may count this replica's own vote
  std::vector<ArchiveRead> serve;  // promises nothing, waits for nothing
  std::vector<RequestPtr> answer;  // reads, to be answered from the state after `execute`
  bool load_snapshot = false;      // answered with Engine::snapshot_loaded
  std::optional<Fetch> fetch;      // takes its time, and replaces an earlier one; answered with Engine::fetched
  std::optional<Install> install;  // after `execute`; answered with Engine::installed
  std::vector<EvidenceFound> evidence;
  std::vector<Rejected> rejected;  // counted, traced, tested

  bool empty() const {
    return persist.empty() && send.empty() && execute.empty() && serve.empty() && answer.empty() && !load_snapshot &&
           !fetch && !install && evidence.empty() && rejected.empty();
  }
};

// What an engine tells about itself; for status pages and tests, never for decisions.
struct EngineStatus {
  std::string role;  // "primary", "backup", "view-changing", "quarantined", "silent"; "leader", "follower", "candidate"
  bool quarantined = false;  // its state is known to be wrong: nothing of it may be signed or answered
  bool old_copy = false;  // peers hold what it signed and its store does not know: the store was restored from a copy
  bool silent = false;  // it lost its store, and its new incarnation does not count yet: nothing is signed or answered
  ViewNumber view;
  SequenceNumber chosen;  // highest sequence number known decided by a quorum
  SequenceNumber executed;
  SequenceNumber stable_checkpoint;
  std::vector<ReplicaId> suspects;  // proved or believed faulty
  bool answers = true;              // it tells clients what its slots came to; else another replica does
  std::string waiting_for;          // one line, empty when idle
};

// How much of one kind an engine holds, and the most that it may, whatever peers and clients send.
struct Held {
  std::string_view what;
  std::size_t count;
  std::size_t bound;
};

// A consensus engine. One thread; no call blocks. Same inputs, same effects, byte for byte.
class Engine {
 public:
  virtual ~Engine() = default;

  // Cheap checks before any signature is checked: the reason to drop the message, or nothing.
  virtual std::optional<RejectReason> admit(const Message& message) const = 0;
  virtual std::optional<RejectReason> admit(const Request& request) const = 0;

  virtual void step(Verified<MessagePtr> message) = 0;  // never throws on content
  virtual void convict(Verified<Spoiled> spoiled) = 0;
  // The caller counts the rejection.
  virtual void distrust(Verified<Garbled>) {}
  // `relayed`: another replica passed it on; it is not passed on again.
  virtual void propose(Verified<RequestPtr> request, bool relayed) = 0;
  // The only notion of time: one tick, and what the wall clock reads now (proposed as agreed time, or used to
  // bound a primary's proposal). After a pause the caller ticks once, with its input drained.
  virtual void tick(AgreedTime wall_clock) = 0;
  virtual void persisted(PersistToken token) = 0;
  // The slot was applied.
  virtual void executed(const Committed& slot, const Execution& execution) = 0;
  // Whether read() may ever take a request: asked before the world looks whether one only reads.
  virtual bool serves_reads() const { return false; }
  // A request that only reads: true when the engine took it, to answer it without a slot of its own; else the caller
  // proposes it.
  virtual bool read(const Verified<RequestPtr>&) { return false; }
  // Of the last checkpoint; null when there is none.
  virtual void snapshot_loaded(SnapshotPtr) {}
  // The state of that checkpoint lies beside the replica's own, whole, and an Install may take it. False: nobody holds
  // that checkpoint any more; what was fetched of it helps with the next one.
  virtual void fetched(SequenceNumber, bool) {}
  // False when there is no such state any more: then nothing has changed.
  virtual void installed(bool) {}
  virtual Ready take_ready() = 0;
  virtual EngineStatus status() const = 0;
  // Who orders requests now, when that is another replica and this one does not pass them on to it.
  virtual std::optional<ReplicaId> redirect() const { return std::nullopt; }
  virtual std::vector<Held> held() const { return {}; }  // every collection that others can grow
};

// What the store held when the process started. Every slot from `archived_from` to `delivered` is in the archive;
// all up to `delivered` were applied.
struct Recovered {
  std::vector<std::pair<Bytes, Bytes>> journal;  // Table::journal, key and value, in key order
  SequenceNumber delivered;
  SequenceNumber archived_from;  // the first slot in the archive; 0 when it is empty
  std::vector<Bytes> evidence;   // values of Table::evidence
};

// Makes an engine and reads the records it left in the archive. One per process; any thread may read.
class EngineFactory {
 public:
  virtual ~EngineFactory() = default;
  // The error names what in the journal does not decode: then the store is not to be trusted.
  virtual std::expected<std::unique_ptr<Engine>, std::string> create(const Recovered& recovered) = 0;
  // An archive record as a slot to apply, or as a message to a peer that lacks it. Empty or null when it does not
  // decode.
  virtual std::optional<Committed> read_archived(ByteView record) const = 0;
  virtual MessagePtr slot_message(ByteView record) const = 0;
};

}  // namespace breakwater

// The replicated state of one replica: client sessions, the service, its own membership and agreed time, under one
// Merkle root.
#pragma once

#include <map>
#include <optional>

#include "crypto/merkle.hpp"
#include "crypto/roster.hpp"
#include "replica/membership.hpp"
#include "replication/engine.hpp"
#include "replication/reply.hpp"
#include "replication/sessions.hpp"
#include "replication/state_machine.hpp"

namespace breakwater {

// Listings in one request's answers stop here: the answers are kept in the client's session, and travel in one frame.
inline constexpr std::size_t kMaxResultBytesPerRequest = 4 * 1024 * 1024;

// So many changed leaves of the service are encoded and hashed at once, in a few milliseconds, rather than all when a
// checkpoint is due. Not each at once: a booking that is soon changed again is encoded once, one that goes never.
inline constexpr std::size_t kLeavesAtOnce = 4096;

// Applies decided slots, exactly once per (client, number). Deterministic. One thread; `machine` and `roster` must
// outlive it. Readmissions go into the roster, which copies of it share.
class Application {
 public:
  Application(StateMachine& machine, const Roster& roster, GroupRules rules)
      : machine_(machine), roster_(roster), membership_(roster, rules), unsaved_(StateTree::kBuckets) {}

  // What became of one request of a slot. `results` is the cached result's when it had executed before.
  struct Answer {
    RequestPtr request;
    SessionVerdict verdict;
    SequenceNumber sequence;  // of the slot that executed it
    Results results;
  };
  // The caller guarantees that slots come in order, each once.
  std::vector<Answer> apply(const Committed& slot);

  // A request that need not be ordered: its answer if it executed or is spent, else nothing.
  std::optional<Answer> answered(const RequestPtr& request) const;

  // Up to which number the client's requests are spent; 0 when none is.
  RequestNumber spent(ClientId client) const { return sessions_.floor(client); }

  // True when no command of the request can change anything.
  bool only_reads(const Request& request) const;
  // True when such a request comes to the same at `later`, an agreed time, although no slot brings the state there: no
  // hold or lease that it sees ends before.
  bool reads_alike(const Request& request, AgreedTime later) const;
  // What a request that only reads comes to now. Changes nothing; its number stays unspent.
  std::vector<Bytes> read(const Request& request) const;

  Membership& membership() { return membership_; }

  Digest root();
  // Of the state tree, as of the last root().
  const StateNodes& nodes() const { return tree_.nodes(); }
  AgreedTime now() const { return now_; }

  // The leaf writes since the last call, for one checkpoint's transaction: sealed, in the order of their keys.
  std::vector<Record> take_unsaved();
  // Restores one leaf (its own key) of a checkpoint into an empty application; false when it does not decode.
  bool load(ByteView key, ByteView value);
  // Back to the empty state, with nothing unsaved.
  void clear();

 private:
  CommandContext context_of(ClientId client) const;
  std::vector<Bytes> read(const Request& request, AgreedTime time) const;
  Bytes apply(ByteView command, const CommandContext& context, SequenceNumber slot);
  std::optional<Bytes> leaf(ByteView key) const;
  void refresh_tree();
  void refresh(const std::vector<Bytes>& changed);
  void keep_unsaved(std::uint32_t bucket, Record leaf);

  StateMachine& machine_;
  const Roster& roster_;
  SessionTable sessions_;
  Membership membership_;
  StateTree tree_;
  AgreedTime now_;  // leaf "t": max(previous, proposed)
  bool now_changed_ = false;
  std::vector<std::vector<Record>> unsaved_;  // per bucket, by key: leaves as they are in tree_, sealed
};

}  // namespace breakwater

// The audit: what the stores of a group prove, by signatures and contents. It knows nothing of who was told to lie.
#pragma once

#include "audit/history.hpp"
#include "audit/occupancy.hpp"
#include "audit/signatures.hpp"

namespace breakwater::audit {

struct Conflict {
  SequenceNumber sequence;
  std::map<Digest, std::set<ReplicaId>>
      replicas;  // by decided digest: the stores that hold it, with a valid certificate where slots have one
};

struct Damage {
  ReplicaId replica;  // whose store
  std::string what;   // one line
};

enum class Accountability {
  no_conflict,    // nothing to account for
  complete,       // at least f+1 replicas are proven guilty: as many as it takes to break agreement
  indeterminate,  // fewer are; what would convict them was not kept, or the stores here do not hold it
};

struct Report {
  std::uint64_t slots = 0;  // the longest history
  std::vector<Conflict> conflicts;
  std::vector<DoubleSale> double_sold;
  Signatures::Counts signatures;                    // all zero where replicas sign nothing
  std::set<ReplicaId> invalid_in;                   // stores that hold an invalid certificate
  std::vector<pbft::Evidence> evidence;             // that convicts, each contradiction once, in order
  std::set<ReplicaId> accused;                      // by it
  std::optional<SequenceNumber> common_checkpoint;  // the highest that all compared stores hold
  bool state_digests_equal = true;
  std::vector<Damage> damage;
  std::uint64_t transcripts = 0;  // kept new-views that were read; only when there is a conflict
  Accountability accountability = Accountability::no_conflict;
  std::string indeterminate_because;  // a line; empty unless indeterminate

  // An accused replica's private story violates nothing: what its store claims without a certificate, and its own
  // roots, are its own affair.
  bool violated() const;
};

struct Group {
  Reading reading;
  std::optional<SignedGroup> signatures;  // nothing where replicas sign nothing
};

// `progress` is called now and then with the store at work and its slots so far. Reads while the replicas run.
//
// Where replicas sign, a slot is decided by its commit certificate: what a replica keeps without one decides nothing,
// and a history is followed no further than its first slot without a valid one. Elsewhere a slot is decided by whoever
// applied it: two stores that differ in one are a conflict, and nothing says which of them is right. The state after
// each checkpoint is recomputed from the slots and compared with the root that each store kept for it; stores of
// accused replicas are left out of that.
Report examine(const Group& group, const std::map<ReplicaId, const Store*>& stores,
               const std::function<void(ReplicaId, SequenceNumber)>& progress);

}  // namespace breakwater::audit

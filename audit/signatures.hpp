// The part of an audit that signatures decide: which slots have a valid certificate, and who is convicted.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "audit/decided_slot.hpp"
#include "crypto/signer.hpp"
#include "pbft/evidence.hpp"
#include "store/store.hpp"

namespace breakwater::audit {

// What a group's signatures are judged by. The checker must outlive it.
struct SignedGroup {
  const SignatureChecker& checker;
  pbft::Config config;  // `self` is meaningless here
};

// Judges by public keys alone. One thread; the group must outlive it.
class Signatures {
 public:
  explicit Signatures(const SignedGroup& group) : group_(group) {}

  // Does its certificate decide the slot?
  bool certifies(const DecidedSlot& slot);
  // Checks the clients' signatures in a batch, each batch once.
  void check_requests(const Batch& batch);
  // The evidence that a store keeps.
  std::expected<void, StoreError> read_evidence(const Store& store);
  void add_evidence(const pbft::Evidence& evidence);

  struct Counts {
    std::uint64_t certificates_checked = 0, certificates_invalid = 0;
    std::uint64_t requests_checked = 0, requests_forged = 0;
    std::uint64_t evidence_rejected = 0;  // kept in some store, convicts nobody
  };
  const Counts& counts() const { return counts_; }
  // That convicts; each contradiction once, in order.
  std::vector<pbft::Evidence> evidence() const;
  // By that evidence.
  std::set<ReplicaId> accused() const;

 private:
  const SignedGroup& group_;
  Counts counts_;
  std::set<Digest> seen_batches_;
  std::map<Bytes, pbft::Evidence> evidence_;  // by canonical bytes
};

}  // namespace breakwater::audit

// What one store holds, and whether its parts fit together. For a store whose file and values are sound
// (store/lmdb_check.hpp); nothing here looks at checksums again.
#pragma once

#include "audit/audit.hpp"

namespace breakwater::audit {

struct StoreReport {
  std::optional<SequenceNumber> checkpoint;         // whose leaves it holds
  std::optional<Digest> root;                       // that these leaves hash to
  std::optional<SequenceNumber> stable_checkpoint;  // the latest that it holds a certificate of; only where signed
  bool checkpoint_is_certified = false;             // that certificate is of these leaves

  std::optional<SequenceNumber> first_slot, last_slot;  // of the archive, up to its first gap
  std::uint64_t slots_beyond_gap = 0;                   // decided, not delivered yet
  Signatures::Counts signatures;                        // all zero where replicas sign nothing
  std::uint64_t evidence = 0;                           // pieces that convict

  std::vector<std::string> problems;  // a line each
};

StoreReport read_store(const Group& group, const Store& store);

// The certificate of the latest stable checkpoint that a PBFT replica's journal holds; unverified. The layout is that
// of pbft/recovery.cpp.
std::expected<std::optional<Certificate>, StoreError> stable_certificate(const Store& store);

// A quorum of good signatures of the group on one checkpoint.
bool certifies_checkpoint(const SignedGroup& group, const Certificate& certificate);

}  // namespace breakwater::audit

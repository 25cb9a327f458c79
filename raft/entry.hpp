// The entries of the log, and their canonical layouts. A term is a ViewNumber and an index a SequenceNumber: the words
// of replication/, whatever the fault model.
#pragma once

#include "crypto/batch.hpp"
#include "replication/ids.hpp"

namespace breakwater::raft {

// `batch` is null for the entry with which a leader begins its term: it executes nothing.
struct Entry {
  ViewNumber term;
  BatchPtr batch;
};

// Digest of what the entry decides; kNullDigest without a batch.
inline const Digest& digest_of(const Entry& entry) {
  return entry.batch == nullptr ? kNullDigest : entry.batch->digest;
}

// Layout: term u64 | batch, canonical, or nothing. The journal's value, and how entries travel.
Bytes encode_entry(const Entry& entry);
std::optional<Entry> decode_entry(ByteView bytes);

// A committed entry in its place. Layout: sequence u64 | entry. The archive's value.
struct ArchivedEntry {
  SequenceNumber sequence;
  Entry entry;
};
Bytes encode_archived(const ArchivedEntry& archived);
std::optional<ArchivedEntry> decode_archived(ByteView bytes);

}  // namespace breakwater::raft

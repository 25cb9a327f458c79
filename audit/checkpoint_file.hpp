// One checkpoint as a file: what a group's state was after a slot, with what vouches for it. Portable: it is verified
// with the public keys of cluster.toml alone, and becomes the store of a replica anywhere.
#pragma once

#include "audit/audit.hpp"
#include "store/import_mark.hpp"

namespace breakwater::audit {

inline constexpr std::uint32_t kCheckpointFormat = 1;
inline constexpr std::size_t kMaxCheckpointBytes = std::size_t{1} << 32;

struct CheckpointFile {
  Digest cluster;
  std::string engine;
  SequenceNumber sequence;
  Digest root;
  std::optional<Certificate> certificate;  // a quorum's signatures on the root; nothing where replicas sign nothing
  Bytes slot;                              // the archive's record of slot `sequence`
  std::vector<std::pair<Bytes, Bytes>> leaves;  // key and value, in key order
};

// Magic "breakwater checkpoint\n" | format u32 | cluster 32 | engine text | sequence u64 | root 32 | certified u8 and
// the certificate, if so | slot blob | count u64 of leaves, a key blob and a value blob each | digest 32 of all before.
Bytes encode(const CheckpointFile& file);
// The error says in a few words what the bytes are not.
std::expected<CheckpointFile, std::string> decode_checkpoint_file(ByteView bytes);

// Nothing, or why the file is not to be believed by this group: it is another's, its leaves do not hash to its root,
// its slot is not the checkpoint's, or too few good signatures vouch for it. `checkpoint_interval`: the group's. A file
// of a group that signs nothing is believed for what it says.
std::optional<std::string> refusal_of(const CheckpointFile& file, const Digest& cluster, std::string_view engine,
                                      const Group& group);

// The checkpoint that a sound store holds. The error says why there is none to be had: none yet, or its own state is at
// another checkpoint than the one that its group certified last.
std::expected<CheckpointFile, StoreError> read_checkpoint(const Store& store, const Digest& cluster,
                                                          const std::string& engine, const Group& group);

// What an empty store is filled with (store/import_mark.hpp). The caller guarantees that nothing refuses the file.
std::vector<Record> records_of(const CheckpointFile& file);
GivenHistory history_in(const CheckpointFile& file);

}  // namespace breakwater::audit

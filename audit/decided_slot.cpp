#include "audit/decided_slot.hpp"

#include "pbft/messages.hpp"
#include "raft/entry.hpp"

namespace breakwater::audit {

std::optional<DecidedSlot> decode_pbft_slot(ByteView record) {
  std::optional<pbft::ArchivedSlot> slot = pbft::decode_archived(record);
  if (!slot) return std::nullopt;
  const Statement& commit = slot->commits.statement;
  return DecidedSlot{commit.sequence, commit.view, commit.digest, std::move(slot->batch), std::move(slot->commits)};
}

std::optional<DecidedSlot> decode_raft_slot(ByteView record) {
  std::optional<raft::ArchivedEntry> slot = raft::decode_archived(record);
  if (!slot) return std::nullopt;
  const Digest digest = raft::digest_of(slot->entry);
  return DecidedSlot{slot->sequence, slot->entry.term, digest, std::move(slot->entry.batch), std::nullopt};
}

}  // namespace breakwater::audit

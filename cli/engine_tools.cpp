#include "cli/engine_tools.hpp"

#include <algorithm>

#include "pbft/messages.hpp"
#include "raft/entry.hpp"

namespace breakwater::cli {

namespace {

std::optional<DecidedSlot> decode_pbft_slot(ByteView record) {
  std::optional<pbft::ArchivedSlot> slot = pbft::decode_archived(record);
  if (!slot) return std::nullopt;
  const Statement& commit = slot->commits.statement;
  DecidedSlot out{commit.sequence, commit.view, commit.digest, std::move(slot->batch), {}};
  for (const Certificate::Entry& entry : slot->commits.entries) out.signers.push_back(entry.signer);
  return out;
}

std::optional<DecidedSlot> decode_raft_slot(ByteView record) {
  std::optional<raft::ArchivedEntry> slot = raft::decode_archived(record);
  if (!slot) return std::nullopt;
  const Digest digest = raft::digest_of(slot->entry);
  return DecidedSlot{slot->sequence, slot->entry.term, digest, std::move(slot->entry.batch), {}};
}

constexpr EngineTools kTools[] = {{"pbft", pbft_guide, decode_pbft_slot}, {"raft", raft_guide, decode_raft_slot}};
static_assert(std::size(kTools) == std::size(kEngineKinds));

}  // namespace

const EngineTools& tools_of(const ClusterConfig& config) {
  return *std::ranges::find(kTools, std::string_view(config.engine), &EngineTools::engine);
}

}  // namespace breakwater::cli

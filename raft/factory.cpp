#include "raft/factory.hpp"

#include "raft/engine.hpp"

namespace breakwater::raft {

std::expected<std::unique_ptr<Engine>, std::string> RaftFactory::create(const Recovered& recovered) {
  auto engine = RaftEngine::create(config_, recovered);
  if (!engine) return std::unexpected(engine.error());
  return std::unique_ptr<Engine>(std::move(*engine));
}

std::optional<Committed> RaftFactory::read_archived(ByteView record) const {
  std::optional<ArchivedEntry> slot = decode_archived(record);
  if (!slot) return std::nullopt;
  const bool checkpoint_due = config_.is_checkpoint(slot->sequence);
  return Committed{slot->sequence, slot->entry.term, std::move(slot->entry.batch), checkpoint_due};
}

MessagePtr RaftFactory::slot_message(ByteView record) const {
  std::optional<ArchivedEntry> slot = decode_archived(record);
  if (!slot) return nullptr;
  return std::make_shared<CommittedSlot>(config_.self, std::move(*slot));
}

}  // namespace breakwater::raft

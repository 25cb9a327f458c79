#include "pbft/factory.hpp"

namespace breakwater::pbft {

std::expected<std::unique_ptr<Engine>, std::string> PbftFactory::create(const Recovered& recovered) {
  auto engine = PbftEngine::create(config_, signer_, recovered);
  if (!engine) return std::unexpected(engine.error());
  return std::unique_ptr<Engine>(std::move(*engine));
}

std::optional<Committed> PbftFactory::read_archived(ByteView record) const {
  std::optional<ArchivedSlot> slot = decode_archived(record);
  if (!slot) return std::nullopt;
  const Statement& commit = slot->commits.statement;
  return Committed{commit.sequence, commit.view, std::move(slot->batch), config_.is_checkpoint(commit.sequence)};
}

MessagePtr PbftFactory::slot_message(ByteView record) const {
  std::optional<ArchivedSlot> slot = decode_archived(record);
  if (!slot) return nullptr;
  return std::make_shared<DecidedSlot>(config_.self, std::move(slot->commits), std::move(slot->batch));
}

}  // namespace breakwater::pbft

// Starting from what the store holds: checkpoint, archive, journal.
#include "replica/leaf_keys.hpp"
#include "replica/replica.hpp"

namespace breakwater {

std::expected<std::unique_ptr<Replica>, StoreError> Replica::recover(const ReplicaParts& parts) {
  std::unique_ptr<Replica> replica(new Replica(parts));
  if (auto restored = replica->restore(); !restored) return std::unexpected(restored.error());
  std::expected<Recovered, StoreError> journal = replica->read_journal();
  if (!journal) return std::unexpected(journal.error());
  auto engine = parts.factory.create(*journal);
  if (!engine) return std::unexpected(StoreError{parts.store.where() + ": " + engine.error()});
  replica->engine_ = parts.decorate ? parts.decorate(std::move(*engine)) : std::move(*engine);
  return replica;
}

// The leaves of the last checkpoint, then every archived slot after it, in order.
std::expected<void, StoreError> Replica::restore() {
  const auto meta = parts_.store.get(Table::meta, to_bytes("checkpoint"));
  if (!meta) return std::unexpected(meta.error());
  if (*meta) executed_ = SequenceNumber(Reader(**meta).u64());
  if (auto loaded = load_leaves(); !loaded) return loaded;
  if (executed_.value != 0) {
    const auto root = parts_.store.get(Table::roots, sequence_key(executed_));
    if (!root) return std::unexpected(root.error());
    const Digest loaded = application_.root();
    if (!*root || Digest::from(**root) != loaded) {
      return std::unexpected(StoreError{parts_.store.where() + ": the leaves of checkpoint " +
                                        std::to_string(executed_.value) + " do not hash to its root"});
    }
    if (auto held = transfer_.hold(executed_, application_.nodes()); !held) return held;
  }
  std::optional<StoreError> damage;
  const auto slots =
      parts_.store.scan(Table::archive, sequence_key(executed_.next()), [&](ByteView key, ByteView value) {
        const std::optional<Committed> slot = parts_.factory.read_archived(value);
        if (!slot || sequence_key(slot->sequence) != Bytes(key.begin(), key.end())) {
          damage = StoreError{parts_.store.where() + ": archived slot " + to_hex(key) + " does not decode"};
          return false;
        }
        if (slot->sequence != executed_.next()) return false;  // a gap ends what was delivered
        const std::vector<Application::Answer> answers = application_.apply(*slot);
        if (parts_.on_replay) parts_.on_replay(*slot, answers);
        executed_ = slot->sequence;
        return true;
      });
  if (!slots) return std::unexpected(slots.error());
  if (damage) return std::unexpected(*damage);
  return {};
}

std::expected<void, StoreError> Replica::load_leaves() {
  std::optional<StoreError> damage;
  const auto leaves = parts_.store.scan(Table::leaves, {}, [&](ByteView stored, ByteView value) {
    if (application_.load(leaf_key(stored), value)) return true;
    damage = StoreError{parts_.store.where() + ": checkpoint leaf " + to_hex(stored) + " does not decode"};
    return false;
  });
  if (!leaves) return leaves;
  if (damage) return std::unexpected(*damage);
  return {};
}

std::expected<Recovered, StoreError> Replica::read_journal() const {
  Recovered recovered;
  recovered.delivered = executed_;
  const auto archive = parts_.store.scan(Table::archive, {}, [&](ByteView key, ByteView) {
    recovered.archived_from = sequence_of_key(key).value_or(SequenceNumber(0));
    return false;
  });
  if (!archive) return std::unexpected(archive.error());
  const auto journal = parts_.store.scan(Table::journal, {}, [&](ByteView key, ByteView value) {
    recovered.journal.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  });
  if (!journal) return std::unexpected(journal.error());
  const auto evidence = parts_.store.scan(Table::evidence, {}, [&](ByteView, ByteView value) {
    recovered.evidence.emplace_back(value.begin(), value.end());
    return true;
  });
  if (!evidence) return std::unexpected(evidence.error());
  return recovered;
}

}  // namespace breakwater

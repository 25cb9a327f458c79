#include "replication/loop.hpp"

#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

std::expected<void, Unsaved> EffectLoop::run(Engine& engine, World& world) {
  for (;;) {
    if (!under_way_) {
      ready_ = engine.take_ready();
      if (ready_.empty()) return {};
      under_way_ = true;
      is_durable_ = false;
      announce(ready_, world);
    }
    if (auto done = perform(engine, world); !done) return done;
    under_way_ = false;
  }
}

// What waits for nothing.
void EffectLoop::announce(const Ready& ready, World& world) {
  for (const Rejected& rejected : ready.rejected) world.rejected(rejected);
  for (const EvidenceFound& evidence : ready.evidence) world.found(evidence);
  for (const Outbound& outbound : ready.send) {
    if (!outbound.after || mutant(Mutant::send_before_sync)) world.send(outbound);
  }
}

void EffectLoop::send_durable(const Ready& ready, World& world) {
  for (const Outbound& outbound : ready.send) {
    if (!outbound.after || mutant(Mutant::send_before_sync)) continue;
    BW_ASSERT(*outbound.after <= ready.token);
    world.send(outbound);
  }
}

std::expected<void, Unsaved> EffectLoop::perform(Engine& engine, World& world) {
  if (!is_durable_) {
    if (!ready_.persist.empty()) {
      if (auto done = world.persist(ready_.persist); !done) return done;
      engine.persisted(ready_.token);
    }
    is_durable_ = true;
    send_durable(ready_, world);
    for (const Committed& slot : ready_.execute) engine.executed(slot, world.execute(slot));
  }
  if (ready_.install) {
    const std::expected<bool, Unsaved> installed = world.install(*ready_.install);
    if (!installed) return std::unexpected(installed.error());
    engine.installed(*installed);
  }
  if (ready_.fetch) world.fetch(*ready_.fetch);
  for (const ArchiveRead& read : ready_.serve) world.serve(read);
  for (const RequestPtr& read : ready_.answer) world.answer(read);
  if (ready_.load_snapshot) engine.snapshot_loaded(world.load_snapshot());
  return {};
}

}  // namespace breakwater

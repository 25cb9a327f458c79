#include "replication/loop.hpp"

#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

bool drain(Engine& engine, World& world) {
  for (Ready ready = engine.take_ready(); !ready.empty(); ready = engine.take_ready()) {
    for (const Rejected& rejected : ready.rejected) world.rejected(rejected);
    for (const EvidenceFound& evidence : ready.evidence) world.found(evidence);
    for (const Outbound& outbound : ready.send) {
      if (!outbound.after || mutant(Mutant::send_before_sync)) world.send(outbound);
    }
    if (!ready.persist.empty()) {
      if (!world.persist(ready.persist)) return false;
      engine.persisted(ready.token);
    }
    for (const Outbound& outbound : ready.send) {
      if (!outbound.after || mutant(Mutant::send_before_sync)) continue;
      BW_ASSERT(*outbound.after <= ready.token);
      world.send(outbound);
    }
    for (const Committed& slot : ready.execute) engine.executed(slot.sequence, world.execute(slot));
    if (ready.install) {
      const std::optional<bool> installed = world.install(*ready.install);
      if (!installed) return false;
      engine.installed(*installed);
    }
    if (ready.fetch) world.fetch(*ready.fetch);
    for (const ArchiveRead& read : ready.serve) world.serve(read);
    for (const RequestPtr& read : ready.answer) world.answer(read);
    if (ready.load_snapshot) engine.snapshot_loaded(world.load_snapshot());
  }
  return true;
}

}  // namespace breakwater

#include "cli/offline_store.hpp"

#include "node/process_table.hpp"
#include "node/store_guard.hpp"

namespace breakwater::cli {

ReplicaId stopped_replica(const Harbor& harbor, std::uint32_t id) {
  if (!harbor.config.replicas.contains(ReplicaId(id))) {
    throw UserError("--replica " + std::to_string(id) + ": this harbor has replicas 0 to " +
                    std::to_string(harbor.config.replicas.size() - 1));
  }
  if (running_replica(harbor.dir, id)) {
    throw UserError("replica " + std::to_string(id) + " runs; stop it first, its store changes while it works");
  }
  return ReplicaId(id);
}

FileCheck check_offline(const Harbor& harbor, ReplicaId id) {
  const auto verdict = check_apart(harbor.replica_dir(id) / "store", [] { return false; });
  if (!verdict) throw UserError(verdict.error().message);
  if (!verdict->exists || (verdict->check.content.empty && verdict->check.sound())) {
    throw UserError("replica " + std::to_string(id.value) + " has no store in " + harbor.replica_dir(id).string() +
                    "; start it first, or ask on its own host");
  }
  return verdict->check;
}

}  // namespace breakwater::cli

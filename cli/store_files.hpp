// The stores of a harbor, opened to be read, whether their replicas run or not.
#pragma once

#include "cli/harbor.hpp"
#include "pbft/config.hpp"
#include "store/lmdb_disk.hpp"
#include "store/store.hpp"

namespace breakwater::cli {

// Not movable: the store refers to the disk.
class StoreFile {
 public:
  // Null when replica `id` has no store on this machine, or an unclaimed one. Throws UserError for one that cannot be
  // opened or is not its own.
  static std::unique_ptr<StoreFile> open(const Harbor& harbor, ReplicaId id);
  const Store& store() const { return *store_; }

 private:
  StoreFile() = default;
  std::unique_ptr<LmdbDisk> disk_;
  std::optional<Store> store_;
};

// What of the protocol's configuration judges certificates and evidence; without a `self`.
pbft::Config judging_config(const ClusterConfig& config, const Roster& roster);

}  // namespace breakwater::cli

#include "cli/store_files.hpp"

#include "node/engine_config.hpp"

namespace breakwater::cli {

std::unique_ptr<StoreFile> StoreFile::open(const Harbor& harbor, ReplicaId id) {
  const std::filesystem::path directory = harbor.replica_dir(id) / "store";
  if (!std::filesystem::exists(directory / "data.mdb")) return nullptr;
  auto disk = LmdbDisk::open(directory, OpenMode::read_only);
  if (!disk) throw UserError(disk.error().message);
  auto store =
      Store::open(**disk, {harbor.config.cluster, id, harbor.config.replicas.at(id).incarnation}, Incarnation(0));
  if (!store) throw UserError(store.error().message);
  if (store->was_empty()) return nullptr;
  std::unique_ptr<StoreFile> file(new StoreFile);
  file->disk_ = std::move(*disk);
  file->store_ = *store;
  return file;
}

pbft::Config judging_config(const ClusterConfig& config, const Roster& roster) {
  return pbft_config(config, roster, ReplicaId(0));
}

}  // namespace breakwater::cli

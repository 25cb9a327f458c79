#include "cli/harbor_audit.hpp"

#include "cli/engine_tools.hpp"
#include "cli/store_files.hpp"
#include "crypto/keys.hpp"

namespace breakwater::cli {

HarborAudit audit_stores(const Harbor& harbor, const std::function<void(ReplicaId, SequenceNumber)>& progress) {
  if (const std::string warning = harbor.config.bench.warning(); !warning.empty()) {
    throw UserError(harbor.cluster_file().string() + " says " + warning + "; there is nothing to audit it by");
  }
  const Roster roster = harbor.config.roster();
  const Ed25519Checker checker(roster);
  const audit::Group group = audit_group(harbor.config, roster, checker);
  std::map<ReplicaId, std::unique_ptr<StoreFile>> files;
  std::map<ReplicaId, const Store*> stores;
  HarborAudit audit;
  for (const auto& [id, replica] : harbor.config.replicas) {
    files[id] = StoreFile::open(harbor, id);
    if (files[id] == nullptr) audit.missing.push_back(id);
    else stores[id] = &files[id]->store();
  }
  if (stores.empty()) {
    throw UserError("no replica of " + harbor.dir.string() + " has a store yet; start the group first");
  }
  audit.report = audit::examine(group, stores, progress);
  return audit;
}

Json sales_json(const std::vector<audit::DoubleSale>& double_sold) {
  Json sales = Json::array();
  for (const audit::DoubleSale& sale : double_sold) {
    sales.push_back({{"voyage", sale.suite.voyage}, {"suite", sale.suite.suite}, {"bookings", sale.bookings}});
  }
  return sales;
}

}  // namespace breakwater::cli

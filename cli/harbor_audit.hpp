// The audit of all stores of a harbor that are on this machine.
#pragma once

#include "audit/audit.hpp"
#include "cli/harbor.hpp"
#include "cli/output.hpp"

namespace breakwater::cli {

struct HarborAudit {
  audit::Report report;
  std::vector<ReplicaId> missing;  // replicas without a store here
};

// Reads while the replicas run. `progress` is called as by audit::examine(). Throws UserError when there is no store at
// all, or one that cannot be opened.
HarborAudit audit_stores(const Harbor& harbor, const std::function<void(ReplicaId, SequenceNumber)>& progress);

// [{"voyage","suite","bookings"}]
Json sales_json(const std::vector<audit::DoubleSale>& double_sold);

}  // namespace breakwater::cli

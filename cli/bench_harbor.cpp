#include "cli/bench_harbor.hpp"

#include "cli/init_harbor.hpp"

namespace breakwater::cli {

Harbor make_bench_harbor(const bench::Rung& rung, const BenchHarborNeeds& needs, const std::filesystem::path& dir) {
  InitArguments init;
  init.engine = name_of(rung.kind.protocol);
  init.replicas = rung.kind.replicas;
  init.desks = needs.desks;
  init.fault_injection = needs.fault_injection;
  Harbor harbor{dir, init_harbor(dir, init)};
  const bool is_pbft = rung.kind.protocol == bench::Protocol::pbft;
  BenchSettings& settings = harbor.config.bench;
  settings.insecure_unsigned_votes = is_pbft && !rung.kind.signed_votes;
  settings.insecure_unsigned_requests = is_pbft && !rung.kind.signed_requests;
  settings.signed_requests = !is_pbft && rung.kind.signed_requests;
  settings.in_memory = !rung.durable;
  // Large commands are an operator's (bench/workload.hpp).
  for (auto& [id, client] : harbor.config.clients) client.role = ClientRole::operator_role;
  const auto saved = save_cluster_config(harbor.cluster_file(), harbor.config);
  if (!saved) throw UserError(saved.error().message);
  return harbor;
}

}  // namespace breakwater::cli

#include "cli/partition.hpp"

#include "node/process_table.hpp"

namespace breakwater::cli {

namespace {

constexpr auto kPause = std::chrono::milliseconds(100);  // before a replica that has not answered is told again

std::set<ReplicaId> tell(const Harbor& harbor, const std::map<ReplicaId, std::set<ReplicaId>>& orders,
                         std::chrono::milliseconds timeout) {
  if (!harbor.config.fault_injection) {
    throw UserError("a partition needs fault_injection = true in " + harbor.cluster_file().string() +
                    "; make such a harbor with 'breakwater init --fault-injection'");
  }
  HarborClient client(harbor, "operator");
  std::set<ReplicaId> waiting;
  for (const auto& [id, order] : orders) {
    if (running_replica(harbor.dir, id.value)) waiting.insert(id);
  }
  const auto deadline = Client::Clock::now() + timeout;
  for (auto next = Client::Clock::now(); !waiting.empty() && Client::Clock::now() < deadline;) {
    if (Client::Clock::now() >= next) {
      for (const ReplicaId id : waiting) client.transport().send(id, encode_frame(PartitionOrder{orders.at(id)}));
      next += kPause;
    }
    client.transport().poll(std::chrono::milliseconds(10), [&](ReplicaId from, ByteView frame) {
      const auto answer = decode_answer_frame(frame);
      const auto* report = answer ? std::get_if<StatusReport>(&*answer) : nullptr;
      if (report != nullptr && report->cut_off == orders.at(from)) waiting.erase(from);
    });
  }
  return waiting;
}

}  // namespace

std::set<ReplicaId> split_network(const Harbor& harbor, const Sides& sides, std::chrono::milliseconds timeout) {
  std::map<ReplicaId, std::set<ReplicaId>> orders;
  for (const auto& [id, replica] : harbor.config.replicas) {
    std::set<ReplicaId>& cut_off = orders[id];
    for (const auto& [peer, entry] : harbor.config.replicas) cut_off.insert(peer);
    cut_off.erase(id);
    for (const std::set<ReplicaId>& side : sides) {
      if (!side.contains(id)) continue;
      for (const ReplicaId friendly : side) cut_off.erase(friendly);
    }
  }
  return tell(harbor, orders, timeout);
}

std::set<ReplicaId> heal_network(const Harbor& harbor, std::chrono::milliseconds timeout) {
  std::map<ReplicaId, std::set<ReplicaId>> orders;
  for (const auto& [id, replica] : harbor.config.replicas) orders[id];
  return tell(harbor, orders, timeout);
}

}  // namespace breakwater::cli

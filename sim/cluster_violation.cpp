// What must hold of the correct replicas of a cluster, judged from their stores.
#include <map>
#include <set>

#include "sim/cluster.hpp"

namespace breakwater::sim {

// Agreement: no two correct replicas decide different batches for one slot; each record is sound; no gaps.
std::string Cluster::check_archive(const Node& node, std::map<SequenceNumber, Digest>& decided) const {
  std::string problem;
  std::optional<SequenceNumber> previous;
  (void)node.disk->scan(Table::archive, {}, [&](ByteView key, ByteView sealed) {
    const std::string who = "replica " + std::to_string(node.place) + ", archive key " + to_hex(key) + ": ";
    const auto value = unseal_value(Table::archive, key, sealed);
    if (!value) {
      problem = who + "damaged";
      return false;
    }
    const auto slot = protocol_->read_decided(*value);
    if (!slot) {
      problem = who + slot.error();
      return false;
    }
    const auto& [sequence, digest] = *slot;
    if (previous && sequence != previous->next()) problem = who + "a gap in the archive";
    previous = sequence;
    const auto [it, added] = decided.emplace(sequence, digest);
    if (!added && it->second != digest) problem = who + "agreement violated";
    return problem.empty();
  });
  return problem;
}

std::string Cluster::violation() const {
  if (!unnoticed_damage_.empty()) return unnoticed_damage_;
  std::map<SequenceNumber, Digest> decided;
  std::map<Bytes, Bytes> roots;
  for (std::uint32_t id = 0; id < nodes_.size(); ++id) {
    if (is_byzantine(id) || nodes_[id].lost) continue;
    std::string problem = check_archive(nodes_[id], decided);
    if (!problem.empty()) return problem;
    (void)nodes_[id].disk->scan(Table::roots, {}, [&](ByteView key, ByteView sealed) {
      const auto value = unseal_value(Table::roots, key, sealed);
      if (!value) return true;
      const auto [it, added] = roots.emplace(Bytes(key.begin(), key.end()), Bytes(value->begin(), value->end()));
      if (!added && !std::ranges::equal(it->second, *value)) {
        problem = "replica " + std::to_string(id) + ": state digest differs at checkpoint " + to_hex(key);
      }
      return true;
    });
    if (!problem.empty()) return problem;
    if (nodes_[id].replica != nullptr && nodes_[id].replica->status().role == "quarantined") {
      return "correct replica " + std::to_string(id) + " is quarantined: " + nodes_[id].replica->status().waiting_for;
    }
    if (nodes_[id].store != nullptr && options_.engine == Engines::pbft) {
      for (const pbft::Conviction& conviction : convictions(id)) {
        if (!is_byzantine(conviction.accused.value)) return "an innocent is convicted: " + conviction.why;
      }
    }
  }
  return {};
}

}  // namespace breakwater::sim

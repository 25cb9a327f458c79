// What must hold of the correct replicas of a cluster, judged from their stores.
#include <map>
#include <set>

#include "sim/cluster.hpp"

namespace breakwater::sim {

namespace {

// Agreement: no two correct replicas decide different batches for one slot; each certificate is sound.
std::string check_archive(std::uint32_t id, const Disk& disk, const pbft::Config& config, const StandInCrypto& crypto,
                          std::map<SequenceNumber, Digest>& decided) {
  std::string problem;
  SequenceNumber previous(0);
  (void)disk.scan(Table::archive, {}, [&](ByteView key, ByteView sealed) {
    const auto value = unseal_value(Table::archive, key, sealed);
    const auto slot = value ? pbft::decode_archived(*value) : std::nullopt;
    const std::string who = "replica " + std::to_string(id) + ", archive key " + to_hex(key);
    if (!slot) {
      problem = who + ": does not decode";
      return false;
    }
    const Statement& commit = slot->commits.statement;
    bool sound = pbft::is_commit_certificate(slot->commits, config);
    for (const auto& entry : slot->commits.entries) sound = sound && crypto.holds(slot->commits.signed_by(entry));
    if (!sound) problem = who + ": unsound certificate";
    if (commit.sequence != previous.next()) problem = who + ": a gap in the archive";
    previous = commit.sequence;
    const auto [it, added] = decided.emplace(commit.sequence, commit.digest);
    if (!added && it->second != commit.digest) problem = who + ": agreement violated";
    return problem.empty();
  });
  return problem;
}

}  // namespace

std::string Cluster::violation() const {
  std::map<SequenceNumber, Digest> decided;
  std::map<Bytes, Bytes> roots;
  for (std::uint32_t id = 0; id < nodes_.size(); ++id) {
    if (is_byzantine(id) || nodes_[id].lost) continue;
    std::string problem = check_archive(id, *nodes_[id].disk, nodes_[id].config, crypto_, decided);
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
    if (nodes_[id].store != nullptr) {
      for (const pbft::Conviction& conviction : convictions(id)) {
        if (!is_byzantine(conviction.accused.value)) return "an innocent is convicted: " + conviction.why;
      }
    }
  }
  return {};
}

}  // namespace breakwater::sim

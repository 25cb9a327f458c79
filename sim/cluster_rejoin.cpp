// How a replica of a simulated world is readmitted: the steps of `breakwater rejoin`.
#include <algorithm>

#include "replication/assert.hpp"
#include "sim/cluster.hpp"

namespace breakwater::sim {

namespace {

constexpr std::size_t kAdvancesAtOnce = 4;

// Keys mean nothing to the stand-in; they only have to differ.
template <class Key>
Key key_of(std::string_view what, ReplicaId id, Incarnation incarnation) {
  const Digest digest = hash(what, Writer().u32(id.value).u32(incarnation.value).bytes());
  return Key::from(digest.view()).value();
}

}  // namespace

void Cluster::begin_readmission(Node& node) {
  const bool down_for_now = node.replica == nullptr && !node.lost;  // it has its store, and comes back by itself
  if (options_.engine == Engines::raft || rejoin_ || down_for_now || is_byzantine(node.id.value)) return;
  const Incarnation next = node.incarnation.next();
  const Readmit command{node.id, next, key_of<PublicKey>("key", node.id, next),
                        key_of<ChannelKey>("channel key", node.id, next)};
  rejoin_ = Rejoin{node.place, submit(0, command), std::nullopt, {}};
}

// Its configuration and its keys are changed, and it starts.
void Cluster::start_readmitted(const Era& era) {
  Node& node = nodes_[rejoin_->place];
  rejoin_->era = era;
  rosters_.world.add_replica(node.id, era, key_of<PublicKey>("key", node.id, era.incarnation));
  rosters_.replicas[node.id.value].add_replica(node.id, era, key_of<PublicKey>("key", node.id, era.incarnation));
  const bool keeps_its_store = !node.lost;
  node.incarnation = era.incarnation;
  if (!keeps_its_store) {
    node.earliest = era.incarnation;
    node.disk->wipe();
    if (observer_ != nullptr) observer_->began_anew(node.id, era.incarnation);
  }
  node.signer->take_keys(node.earliest, node.incarnation);
  node.lost = false;
  if (node.replica != nullptr) crash(node.place);
  BW_ASSERT(start(node));
}

void Cluster::drive_rejoin() {
  if (!rejoin_) return;
  if (!rejoin_->era) {
    const Call& asked = call(rejoin_->call);
    if (!asked.result_bytes) return;
    const auto result = decode_group_result(*asked.result_bytes);
    BW_ASSERT(result);
    if (!result->era) return rejoin_.reset();  // refused
    return start_readmitted(*result->era);
  }
  const Node& node = nodes_[rejoin_->place];
  const SequenceNumber effective = rejoin_->era->effective;
  if (node.lost) return rejoin_.reset();  // again
  if (node.replica != nullptr && node.replica->status().stable_checkpoint >= effective) {
    took_effect(FaultKind::readmit);
    return rejoin_.reset();
  }
  std::erase_if(rejoin_->advances, [&](std::size_t index) { return call(index).result_bytes.has_value(); });
  const bool is_there = std::ranges::any_of(nodes_, [&](const Node& n) {
    return n.replica != nullptr && !is_byzantine(n.id.value) && n.replica->executed() >= effective;
  });
  if (is_there) return;
  while (rejoin_->advances.size() < kAdvancesAtOnce) rejoin_->advances.push_back(submit(0, GroupCommand(Advance{})));
}

void Cluster::restart_forgetful(std::uint32_t replica) {
  Node& node = nodes_[replica];
  BW_ASSERT(node.replica == nullptr);
  node.disk->wipe();
  node.lost = false;
  BW_ASSERT(start(node));
}

}  // namespace breakwater::sim

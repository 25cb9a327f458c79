// How the faults of a plan befall a simulated world.
#include <algorithm>

#include "crypto/batch.hpp"
#include "replication/assert.hpp"
#include "sim/cluster.hpp"
#include "store/content_check.hpp"

namespace breakwater::sim {

std::string describe(const FaultEvent& event) {
  const std::string_view name = kFaultNames[static_cast<std::size_t>(event.kind)];
  std::string text = std::to_string(event.at_ms) + " ms: " + std::string(name) + " " + std::to_string(event.place);
  if (event.kind == FaultKind::one_way || event.kind == FaultKind::clog) text += " -> " + std::to_string(event.other);
  if (event.value != 0) text += " (" + std::to_string(event.value) + ")";
  return text;
}

void Cluster::apply(const FaultEvent& fault) {
  Node& node = nodes_[fault.place];
  const bool up = node.replica != nullptr;
  note("fault: " + describe(fault));
  switch (fault.kind) {
    case FaultKind::crash:
      if (!up) return;
      crash(fault.place);
      return took_effect(fault.kind);
    case FaultKind::restart:
      for (Node& down : nodes_) {
        if (down.replica != nullptr || down.lost) continue;
        BW_ASSERT(start(down));
        took_effect(fault.kind);
      }
      return;
    case FaultKind::crash_at_send: return crash_before_send(fault.place, fault.value);  // counted when it dies
    case FaultKind::crash_at_commit:
    case FaultKind::commit_error:
    case FaultKind::sync_error:
    case FaultKind::disk_full:
      node.commits_left = fault.value;
      node.commit_fault = fault.kind;
      return;
    case FaultKind::flip_bit: return flip_bit(node, fault.value);
    case FaultKind::wipe_disk:
      if (up) crash(fault.place);
      node.disk->wipe();
      node.lost = true;  // it would find that the group has a history, and refuse to start
      return took_effect(fault.kind);
    case FaultKind::kill_all:
      for (const Node& each : nodes_) {
        if (each.replica != nullptr) crash(each.place);
      }
      took_effect(fault.kind);
      return apply({fault.at_ms, FaultKind::restart, 0, 0, 0});
    case FaultKind::pause:
      if (!up || node.paused_until_ms > now_ms_) return;
      node.paused_until_ms = now_ms_ + fault.value;
      at(node.paused_until_ms, [this, place = fault.place] { resume(nodes_[place]); });
      return took_effect(fault.kind);
    case FaultKind::isolate: return split(std::uint64_t{1} << fault.place);
    case FaultKind::split: return split(fault.value);
    case FaultKind::one_way: network_.cut({fault.place, fault.other}); return took_effect(fault.kind);
    case FaultKind::clog:
      network_.clog({fault.place, fault.other}, now_ms_ + fault.value);
      return took_effect(fault.kind);
    case FaultKind::swizzle: return swizzle(fault.place, fault.value);
    case FaultKind::heal: network_.heal(); return took_effect(fault.kind);
    case FaultKind::replay_old: return replay_old(fault.value);
    case FaultKind::skew_clock:
      node.clock_skew_us = static_cast<std::int64_t>(fault.value);
      return took_effect(fault.kind);
    case FaultKind::freeze_clock: node.frozen_at_us = wall_clock_us(node); return took_effect(fault.kind);
    case FaultKind::lying_client: return lie_as_client(fault.value);
    case FaultKind::impersonate: return impersonate(fault.value);
  }
}

void Cluster::end_faults() {
  note("faults end");
  heal();
  network_.heal();
  set_loss(0, 0);
  network_.options().tail_percent = 0;
  options_.quorum_delay_ms = 0;
  for (Node& node : nodes_) {
    node.sends_left.reset();
    node.commits_left.reset();
    node.clock_skew_us = 0;
    node.frozen_at_us.reset();
    if (node.paused_until_ms > now_ms_) resume(node);
    if (node.replica == nullptr && !node.lost) BW_ASSERT(start(node));
  }
}

std::uint64_t Cluster::wall_clock_us(const Node& node) const {
  if (node.frozen_at_us) return *node.frozen_at_us;
  return kEpochUs + now_ms_ * 1000 + static_cast<std::uint64_t>(node.clock_skew_us);
}

// What queued up comes first, in order; the ticks it missed are one.
void Cluster::resume(Node& node) {
  node.paused_until_ms = 0;
  for (const auto& input : std::exchange(node.held, {})) {
    if (node.replica != nullptr) input();
  }
}

// While a replica is down, a bit of one stored value changes, or the record vanishes. It must notice at its start: it
// stays down, or starts without the slots that it need not remember.
void Cluster::flip_bit(Node& node, std::uint64_t which) {
  const auto chosen = node.disk->key_at(which % std::max<std::size_t>(1, node.disk->size()));
  if (!chosen) return;
  if (node.replica != nullptr) crash(node.place);
  const auto [table, key] = *chosen;
  if (which % 5 == 0) {
    node.disk->lose(table, key);
  } else if (!node.disk->damage(table, key, which / 7 % 64, static_cast<std::uint8_t>(1u << (which % 8)))) {
    return;
  }
  took_effect(FaultKind::flip_bit);
  node.lost = !start(node);
  ++counts_[node.lost ? "damage-refused" : "damage-repaired"];
  const auto check = check_content(*node.disk);
  if (!node.lost && (!check || !check->sound()))
    unnoticed_damage_ = "replica " + std::to_string(node.place) + " runs on a damaged store";
}

void Cluster::split(std::uint64_t sides) {
  const auto side = [&](const Node& node) { return sides >> node.place & 1; };
  for (const Node& a : nodes_) {
    for (const Node& b : nodes_) {
      if (side(a) != side(b)) network_.cut({a.place, b.place});
    }
  }
  took_effect(FaultKind::split);
}

void Cluster::swizzle(std::uint32_t place, std::uint64_t within_ms) {
  for (const Node& other : nodes_) {
    if (other.place == place) continue;
    network_.clog({place, other.place}, now_ms_ + random_.below(within_ms + 1));
    network_.clog({other.place, place}, now_ms_ + random_.below(within_ms + 1));
  }
  took_effect(FaultKind::swizzle);
}

void Cluster::replay_old(std::uint64_t how_many) {
  for (std::size_t i = 0; i < std::min<std::size_t>(how_many, old_.size()); ++i) {
    schedule(old_[i].from, old_[i].to, old_[i].message, now_ms_ + 1 + i % 5);
    took_effect(FaultKind::replay_old);
  }
}

// Two desks that no correct client shares a key with. They can harm themselves alone.
void Cluster::lie_as_client(std::uint64_t how) {
  const auto client = static_cast<std::uint32_t>(kDesks + 1 + lies_ % 2);
  const std::uint64_t number = 1 + lies_++ / 2;
  const booking::Target target{"V", std::nullopt, "A"};
  const auto reserve = [&](std::uint64_t n, booking::BookingNumber b) {
    return make_signed_request(client, n, booking::Reserve{target, b});
  };
  for (std::uint32_t id = 0; id < options_.replicas; ++id) {
    switch (how % 5) {
      case 0: send_request(reserve(number, 900'000 + id % 2), ReplicaId(id)); break;
      case 1: send_request(reserve(UINT64_MAX, 910'000), ReplicaId(id)); break;
      case 2: send_request(reserve(number + 300, 920'000), ReplicaId(id)); break;
      case 3: {
        Request forged = *reserve(number, 930'000);
        forged.client = ClientId(1);  // another desk's name under its own signature
        // Where requests are unsigned, the channel alone says whose they are.
        const ClientId channel(options_.engine == Engines::raft ? client : 1);
        send_request(std::make_shared<const Request>(std::move(forged)), ReplicaId(id), channel);
        break;
      }
      default:
        for (std::uint64_t k = 0; k < 20; ++k) send_request(reserve(number + k, 940'000 + k), ReplicaId(id));
    }
  }
  took_effect(FaultKind::lying_client);
}

// Anyone in the group may pass on what another signed; here a liar passes on what nobody signed: proposals,
// view-changes, and prepares said to be commits.
void Cluster::impersonate(std::uint64_t how) {
  if (options_.byzantine.empty() || options_.engine != Engines::pbft) return;
  const ReplicaId liar(options_.byzantine.begin()->first);
  const auto tell_all = [&](const MessagePtr& message) {
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (ReplicaId(id) != liar) inject(liar, ReplicaId(id), message);
    }
    took_effect(FaultKind::impersonate);
  };
  for (const Node& node : nodes_) {
    if (node.replica == nullptr || is_byzantine(node.id.value)) continue;
    const EngineStatus status = node.replica->status();
    const Signatory primary = config(0).signatory(config(0).primary_of(status.view));
    if (how % 3 == 0) {
      // Two of them for one slot: who believes both accuses an innocent.
      for (std::uint64_t k = 0; k < 2; ++k) {
        const auto request = make_signed_request(kDesks + 1, 500'000 + lies_++, booking::Cancel{950'000 + k});
        const BatchPtr batch = make_batch(AgreedTime(wall_clock_us(node)), {request});
        const Statement s{StatementKind::pre_prepare, cluster_id_,  primary, status.view,
                          status.chosen.next(),       batch->digest};
        tell_all(std::make_shared<pbft::PrePrepare>(SignedStatement{s, {}}, batch));
      }
    } else if (how % 3 == 1) {
      const Bytes body = pbft::encode_body(pbft::ViewChange::Body{});
      const Statement s{StatementKind::view_change, cluster_id_,       config(0).signatory(node.id),
                        status.view.next(),         SequenceNumber(0), pbft::view_change_body_digest(body)};
      tell_all(std::make_shared<pbft::ViewChange>(SignedStatement{s, {}}, pbft::ViewChange::Body{}, body));
    }
  }
  if (how % 3 != 2) return;
  for (const Sent& sent : std::vector<Sent>(old_)) {
    const auto* prepare = dynamic_cast<const pbft::Prepare*>(sent.message.get());
    if (prepare == nullptr) continue;
    SignedStatement claimed = prepare->header;
    claimed.statement.kind = StatementKind::commit;
    tell_all(std::make_shared<pbft::Commit>(claimed));
  }
}

}  // namespace breakwater::sim

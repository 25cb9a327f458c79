#include "sim/cluster.hpp"

#include <algorithm>
#include <cstdio>

#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater::sim {

namespace {
constexpr std::uint32_t kDesks = 16;
}

// Stands between a replica and the network; where a crash between persist and send happens.
class Cluster::NodeOutlet final : public Outlet {
 public:
  NodeOutlet(Cluster& world, std::uint32_t id) : world_(world), id_(id) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    Node& node = world_.nodes_[id_];
    if (node.sends_left && (*node.sends_left)-- == 0) node.dying = true;
    if (node.dying) return;
    world_.note("  " + std::to_string(id_) + " -> " + (to ? std::to_string(to->value) : "all") + " " +
                std::string(message->name()));
    for (std::uint32_t other = 0; other < world_.nodes_.size(); ++other) {
      if (other != id_ && (!to || to->value == other)) world_.transmit(ReplicaId(id_), ReplicaId(other), message);
    }
  }
  void reply(const Reply& reply) override {
    if (!world_.nodes_[id_].dying) world_.on_reply(reply);
  }

 private:
  Cluster& world_;
  std::uint32_t id_;
};

// A disk whose owner may die: what is committed after its death never happened.
class Cluster::NodeDisk final : public Disk {
 public:
  NodeDisk(Cluster& world, std::uint32_t id) : world_(world), id_(id) {}
  std::expected<void, StoreError> commit(std::span<const Record> records) override {
    Node& node = world_.nodes_[id_];
    if (node.commits_left && (*node.commits_left)-- == 0) node.dying = true;
    if (node.dying) return std::unexpected(StoreError{"the process died"});
    return node.disk->commit(records);
  }
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const override {
    return inner().get(table, key);
  }
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView, ByteView)>& visit) const override {
    return inner().scan(table, from, visit);
  }
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const override {
    return inner().last_key(table);
  }
  std::string where() const override { return "replica " + std::to_string(id_); }

 private:
  MemoryDisk& inner() const { return *world_.nodes_[id_].disk; }
  Cluster& world_;
  std::uint32_t id_;
};

Cluster::Cluster(ClusterOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      cluster_id_(hash("simulated cluster", as_bytes(std::to_string(options_.seed)))),
      crypto_(cluster_id_),
      authenticator_(crypto_, cluster_id_),
      roster_(cluster_id_) {
  for (std::uint32_t id = 0; id < options_.replicas; ++id) roster_.add_replica(ReplicaId(id), Incarnation(0), {});
  for (std::uint32_t id = 0; id <= kDesks; ++id) {
    roster_.add_client(ClientId(id), {{}, id == 0 ? ClientRole::operator_role : ClientRole::desk});
  }
  nodes_.resize(options_.replicas);
  for (std::uint32_t id = 0; id < options_.replicas; ++id) {
    Node& node = nodes_[id];
    node.id = ReplicaId(id);
    node.config.quorums = Quorums::byzantine(options_.replicas);
    node.config.self = node.id;
    node.config.cluster = cluster_id_;
    node.config.incarnations.assign(options_.replicas, Incarnation(0));
    node.config.checkpoint_interval = options_.checkpoint_interval;
    node.config.log_window = options_.log_window;
    node.config.max_batch_requests = options_.max_batch_requests;
    node.disk = std::make_unique<MemoryDisk>();
    node.gate = std::make_unique<NodeDisk>(*this, id);
    node.signer = std::make_unique<StandInSigner>(crypto_, node.config.signatory(node.id));
    if (const auto strategy = options_.byzantine.find(id); strategy != options_.byzantine.end()) {
      node.strategy = adversary::parse_strategy(strategy->second).value();
    }
    start(node);
  }
  at(kTickMs, [this] { tick_all(); });
}

Cluster::~Cluster() = default;

void Cluster::at(std::uint64_t ms, std::function<void()> act) { events_.push({ms, next_order_++, std::move(act)}); }

void Cluster::start(Node& node) {
  node.dying = false;
  node.sends_left.reset();
  node.commits_left.reset();
  node.machine = std::make_unique<booking::BookingMachine>();
  node.outlet = std::make_unique<NodeOutlet>(*this, node.id.value);
  std::expected<Store, StoreError> store = Store::open(*node.gate, {cluster_id_, node.id, Incarnation(0)});
  BW_ASSERT(store && (!store->was_empty() || store->claim()));
  node.store = std::make_unique<Store>(std::move(*store));
  node.factory = std::make_unique<pbft::PbftFactory>(node.config, *node.signer);
  if (node.strategy) node.adversary_outlet = adversary::decorate_outlet(*node.outlet, *node.strategy);
  ReplicaParts parts{node.id,       *node.store, *node.machine,
                     *node.signer,  roster_,     node.adversary_outlet ? *node.adversary_outlet : *node.outlet,
                     *node.factory, {}};
  if (node.strategy) {
    parts.decorate = [&node](std::unique_ptr<Engine> correct) {
      return adversary::decorate(std::move(correct), *node.strategy, node.config, *node.signer);
    };
  }
  auto replica = Replica::recover(parts);
  if (!replica) std::fprintf(stderr, "%s\n", replica.error().message.c_str());
  BW_ASSERT(replica);
  node.replica = std::move(*replica);
}

void Cluster::settle(Node& node) {
  node.has_input = false;
  if (node.replica == nullptr) return;
  const auto done = node.replica->run();
  BW_ASSERT(done || node.dying);
  if (node.dying) crash(node.id.value);
}

void Cluster::transmit(ReplicaId from, ReplicaId to, const MessagePtr& message) {
  if (filter_ && !filter_(from, to, *message)) return;
  if (random_.percent(options_.drop_percent)) return;
  const int copies = random_.percent(options_.duplicate_percent) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    at(now_ms_ + random_.between(options_.min_delay_ms, options_.max_delay_ms),
       [this, from, to, message] { deliver(from, to, message); });
  }
}

void Cluster::inject(ReplicaId from, ReplicaId to, MessagePtr message, std::uint64_t delay_ms) {
  at(now_ms_ + delay_ms, [this, from, to, message] { deliver(from, to, message); });
}

void Cluster::deliver(ReplicaId from, ReplicaId to, const MessagePtr& message) {
  Node& node = nodes_[to.value];
  if (node.replica == nullptr) return;
  if (const auto reason = node.replica->admit(*message)) return node.replica->count_rejected(*reason);
  Authenticated result = authenticator_.authenticate(message, from);
  if (result.dropped) node.replica->count_rejected(*result.dropped);
  if (result.spoiled) node.replica->convict(std::move(*result.spoiled));
  if (result.good) node.replica->step(std::move(*result.good));
  took_input(node);
}

void Cluster::took_input(Node& node) {
  node.has_input = true;
  if (!options_.whole_rounds) settle(node);
}

void Cluster::end_round() {
  for (Node& node : nodes_) {
    if (node.has_input) settle(node);
  }
}

void Cluster::tick_all() {
  for (Node& node : nodes_) {
    if (node.replica == nullptr) continue;
    node.replica->tick(AgreedTime(kEpochUs + now_ms_ * 1000 + static_cast<std::uint64_t>(node.clock_skew_us)));
    settle(node);
  }
  drive_clients();
  at(now_ms_ + kTickMs, [this] { tick_all(); });
}

void Cluster::run_for(std::uint64_t ms) {
  const std::uint64_t end = now_ms_ + ms;
  while (!events_.empty() && events_.top().at_ms <= end) {
    Event event = events_.top();
    events_.pop();
    now_ms_ = event.at_ms;
    event.act();
    if (events_.empty() || events_.top().at_ms > now_ms_) end_round();
  }
  now_ms_ = end;
}

bool Cluster::run_until(const std::function<bool()>& condition, std::uint64_t limit_ms) {
  const std::uint64_t end = now_ms_ + limit_ms;
  while (!condition()) {
    if (now_ms_ >= end) return false;
    run_for(kTickMs);
  }
  return true;
}

// --- faults

void Cluster::partition(std::vector<std::vector<std::uint32_t>> sides) {
  filter([sides = std::move(sides)](ReplicaId from, ReplicaId to, const Message&) {
    return std::ranges::any_of(sides, [&](const auto& side) {
      return std::ranges::count(side, from.value) > 0 && std::ranges::count(side, to.value) > 0;
    });
  });
}

void Cluster::isolate(std::uint32_t replica) {
  filter(
      [replica](ReplicaId from, ReplicaId to, const Message&) { return from.value != replica && to.value != replica; });
}

void Cluster::heal() { filter_ = nullptr; }

void Cluster::set_loss(std::uint32_t drop_percent, std::uint32_t duplicate_percent) {
  options_.drop_percent = drop_percent;
  options_.duplicate_percent = duplicate_percent;
}

void Cluster::crash(std::uint32_t id) {
  note("crash " + std::to_string(id));
  Node& node = nodes_[id];
  node.replica = nullptr;
  node.store = nullptr;
  node.machine = nullptr;
}

void Cluster::restart(std::uint32_t id) {
  note("restart " + std::to_string(id));
  BW_ASSERT(nodes_[id].replica == nullptr);
  start(nodes_[id]);
}

void Cluster::crash_before_send(std::uint32_t id, std::uint64_t k) { nodes_[id].sends_left = k; }
void Cluster::crash_at_commit(std::uint32_t id, std::uint64_t k) { nodes_[id].commits_left = k; }
void Cluster::skew_clock(std::uint32_t id, std::int64_t us) { nodes_[id].clock_skew_us = us; }

// --- clients

RequestPtr Cluster::make_signed_request(std::uint32_t client, std::uint64_t number, const booking::Command& command) {
  Request request =
      make_request(ClientId(client), RequestNumber(number), encode_commands({booking::encode(command)}), {});
  request.signature = crypto_.sign(request_statement(cluster_id_, request));
  return std::make_shared<const Request>(std::move(request));
}

std::size_t Cluster::submit(std::uint32_t client, booking::Command command) {
  auto call = std::make_unique<Call>();
  call->client = ClientId(client);
  call->number = RequestNumber(++next_number_[call->client]);
  call->request = make_signed_request(client, call->number.value, command);
  call->command = std::move(command);
  call->last_sent_ms = now_ms_;
  open_calls_[{call->client, call->number}] = call.get();
  std::vector<ViewNumber> claims(options_.replicas, ViewNumber(0));
  for (const auto& [replica, view] : claimed_views_) claims[replica.value] = view;
  std::ranges::sort(claims, std::greater{});
  const Quorums quorums = Quorums::byzantine(options_.replicas);
  const std::uint64_t view = claims[quorums.weak - 1].value;
  send_request(call->request, ReplicaId(static_cast<std::uint32_t>(view % quorums.n)));
  calls_.push_back(std::move(call));
  return calls_.size() - 1;
}

void Cluster::send_request(RequestPtr request, ReplicaId to) {
  at(now_ms_ + random_.between(options_.min_delay_ms, options_.max_delay_ms), [this, request, to] {
    Node& node = nodes_[to.value];
    if (node.replica == nullptr) return;
    if (const auto reason = node.replica->admit(*request)) return node.replica->count_rejected(*reason);
    auto verified = authenticator_.authenticate(request);
    if (!verified) return node.replica->count_rejected(verified.error());
    node.replica->request(std::move(*verified));
    took_input(node);
  });
}

void Cluster::drive_clients() {
  for (const auto& [key, call] : open_calls_) {
    if (now_ms_ - call->last_sent_ms < (call->broadcast ? 600u : 300u)) continue;
    call->last_sent_ms = now_ms_;
    call->broadcast = true;
    for (std::uint32_t id = 0; id < options_.replicas; ++id) send_request(call->request, ReplicaId(id));
  }
}

void Cluster::on_reply(const Reply& reply) {
  claimed_views_[reply.replica] = reply.view;
  const auto it = open_calls_.find({reply.client, reply.number});
  if (it == open_calls_.end() || reply.status != ReplyStatus::executed) return;
  Call& call = *it->second;
  if (reply.request != call.request->digest) return;
  call.replies.insert_or_assign(reply.replica, reply);
  std::size_t agreeing = 0;
  for (const auto& [replica, other] : call.replies) {
    agreeing += other.sequence == reply.sequence && other.results == reply.results;
  }
  const std::size_t needed = Quorums::byzantine(options_.replicas).weak - (mutant(Mutant::f_replies) ? 1 : 0);
  if (agreeing < needed || reply.results.size() != 1) return;
  call.result = booking::decode_result(reply.results[0]);
  call.sequence = reply.sequence;
  open_calls_.erase(it);
}

bool Cluster::all_answered() const { return open_calls_.empty(); }

std::vector<pbft::Conviction> Cluster::convictions(std::uint32_t id) const {
  std::vector<pbft::Conviction> out;
  const auto scanned = nodes_[id].store->scan(Table::evidence, {}, [&](ByteView, ByteView value) {
    const std::optional<pbft::Evidence> evidence = pbft::decode_evidence(value);
    BW_ASSERT(evidence);
    const auto conviction = pbft::judge(*evidence, crypto_, nodes_[id].config);
    if (conviction) out.push_back(*conviction);
    return true;
  });
  BW_ASSERT(scanned);
  return out;
}

}  // namespace breakwater::sim

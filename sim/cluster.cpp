#include "sim/cluster.hpp"

#include <algorithm>
#include <cstdio>

#include "replication/assert.hpp"
#include "replication/mutant.hpp"
#include "sim/rosters.hpp"
#include "store/repair.hpp"

namespace breakwater::sim {

namespace {
constexpr std::uint32_t kLyingClients = 2;
constexpr std::size_t kHeldInputs = 4096;  // of a paused process: what its sockets keep
constexpr std::size_t kOldMessages = 256;
}  // namespace

// Stands between a replica and the network; where a crash between persist and send happens.
class Cluster::NodeOutlet final : public Outlet {
 public:
  NodeOutlet(Cluster& world, std::uint32_t place) : world_(world), place_(place) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    Node& node = world_.nodes_[place_];
    ++node.sends;
    if (node.sends_left && (*node.sends_left)-- == 0) {
      node.dying = true;
      world_.took_effect(FaultKind::crash_at_send);
    }
    if (node.dying) return;
    if (world_.observer_ != nullptr && !world_.is_byzantine(node.id.value)) {
      world_.observer_->has_said(node.id, to, *message);
    }
    if (world_.trace) {
      world_.note("  " + std::to_string(place_) + " -> " + (to ? std::to_string(to->value) : "all") + " " +
                  std::string(message->name()));
    }
    for (std::uint32_t other = 0; other < world_.nodes_.size(); ++other) {
      const ReplicaId receiver = world_.nodes_[other].id;
      if (receiver != node.id && (!to || *to == receiver)) world_.transmit(place_, other, message);
    }
  }
  void reply(const Reply& reply) override {
    const Node& node = world_.nodes_[place_];
    if (node.dying) return;
    if (world_.observer_ != nullptr && reply.signed_reply && !world_.is_byzantine(node.id.value)) {
      world_.observer_->has_signed(
          node.id, {StatementKind::reply,
                    world_.cluster_id_,
                    {SignerRole::replica, node.id.value,
                     world_.rosters_.replicas[node.id.value].incarnations()->at(node.id, reply.sequence)},
                    ViewNumber(0),
                    reply.sequence,
                    reply.root});
    }
    world_.on_reply(reply);
  }

 private:
  Cluster& world_;
  std::uint32_t place_;
};

// A disk whose owner may die: what is committed after its death never happened.
class Cluster::NodeDisk final : public Disk {
 public:
  NodeDisk(Cluster& world, std::uint32_t id) : world_(world), id_(id) {}
  std::expected<void, StoreError> commit(std::span<const Record> records) override {
    Node& node = world_.nodes_[id_];
    ++node.commits;
    if (node.commits_left && (*node.commits_left)-- == 0) strike(node, records);
    if (node.dying) return std::unexpected(StoreError{"the process died"});
    auto done = node.disk->commit(records);
    if (done) tell(node, records);
    if (done && world_.on_commit) world_.on_commit(id_, records);
    return done;
  }
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const override {
    return inner().get(table, key);
  }
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView, ByteView)>& visit) const override {
    return inner().scan(table, from, visit);
  }
  std::expected<void, StoreError> find_replaced(
      std::span<const Record> records, const std::function<void(const Record&, ByteView)>& visit) const override {
    return inner().find_replaced(records, visit);
  }
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const override {
    return inner().last_key(table);
  }
  std::expected<std::unique_ptr<FrozenDisk>, StoreError> freeze() override { return inner().freeze(); }
  std::string where() const override { return "replica " + std::to_string(id_); }

 private:
  void strike(Node& node, std::span<const Record> records) {
    world_.took_effect(node.commit_fault);
    if (node.commit_fault == FaultKind::disk_full) return node.disk->set_full(true);
    node.dying = true;
    if (node.commit_fault != FaultKind::sync_error) return;
    if (node.disk->commit(records)) tell(node, records);  // a full one took nothing of it
  }
  void tell(const Node& node, std::span<const Record> records) const {
    if (world_.observer_ == nullptr || world_.is_byzantine(node.id.value)) return;
    for (const Record& record : records) {
      Record unsealed{record.table, record.key, std::nullopt};
      if (record.value) {
        if (const auto value = unseal_value(record.table, record.key, *record.value)) {
          unsealed.value.emplace(value->begin(), value->end());
        }
      }
      world_.observer_->wrote(node.id, unsealed);
    }
  }
  MemoryDisk& inner() const { return *world_.nodes_[id_].disk; }
  Cluster& world_;
  std::uint32_t id_;
};

Cluster::Cluster(ClusterOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      cluster_id_(hash("simulated cluster", as_bytes(std::to_string(options_.seed)))),
      crypto_(cluster_id_, options_.real_crypto),
      rosters_(make_rosters(cluster_id_, options_.replicas, kDesks + kLyingClients)),
      protocol_(make_protocol(options_, cluster_id_, crypto_, rosters_)),
      network_({options_.min_delay_ms, options_.max_delay_ms, options_.tail_percent, options_.tail_ms,
                options_.drop_percent, options_.duplicate_percent},
               random_, counts_) {
  nodes_.resize(options_.replicas + options_.twins.size());
  for (std::uint32_t id = 0; id < options_.replicas; ++id) make_node(nodes_[id], id, ReplicaId(id));
  std::uint32_t place = options_.replicas;
  for (const std::uint32_t id : options_.twins) {
    make_node(nodes_[place], place, ReplicaId(id));
    ++place;
  }
  for (Node& node : nodes_) BW_ASSERT(start(node));
  at(kTickMs, [this] { tick_all(); });
}

Cluster::~Cluster() = default;

void Cluster::make_node(Node& node, std::uint32_t place, ReplicaId id) {
  node.id = id;
  node.place = place;
  node.disk = std::make_unique<MemoryDisk>();
  node.gate = std::make_unique<NodeDisk>(*this, place);
  node.signer = std::make_unique<StandInSigner>(crypto_, Signatory{SignerRole::replica, id.value, Incarnation(0)});
  if (const auto strategy = options_.byzantine.find(id.value); strategy != options_.byzantine.end()) {
    const bool raft = options_.engine == Engines::raft;
    node.strategy =
        adversary::parse_strategy(strategy->second, raft ? adversary::Group::raft : adversary::Group::pbft).value();
  }
}

void Cluster::at(std::uint64_t ms, std::function<void()> act) { events_.push({ms, next_order_++, std::move(act)}); }

bool Cluster::start(Node& node) {
  node.dying = false;
  node.sends_left.reset();
  node.commits_left.reset();
  node.machine = std::make_unique<booking::BookingMachine>();
  node.outlet = std::make_unique<NodeOutlet>(*this, node.place);
  std::expected<Store, StoreError> store = open_checked(node);
  if (!store) {
    note("  " + store.error().message);
    return false;
  }
  if (store->was_empty()) BW_ASSERT(store->claim());
  node.store = std::make_unique<Store>(*store);
  node.factory = protocol_->factory(node.id, *node.signer, node.store->identity().incarnation);
  if (node.strategy) node.adversary_outlet = adversary::decorate_outlet(*node.outlet, *node.strategy);
  Outlet& outlet = node.adversary_outlet ? *node.adversary_outlet : *node.outlet;
  ReplicaParts parts{node.id,
                     *node.store,
                     *node.machine,
                     nullptr,
                     rosters_.replicas[node.id.value],
                     outlet,
                     *node.factory,
                     protocol_->group_rules(),
                     {}};
  if (protocol_->signs_replies()) parts.signer = node.signer.get();
  if (node.strategy) {
    parts.decorate = [this, &node](std::unique_ptr<Engine> correct) {
      return protocol_->decorate(std::move(correct), *node.strategy, node.id, *node.signer);
    };
  }
  if (observer_ != nullptr && !is_byzantine(node.id.value)) {
    parts.on_replay = [this, &node](const Committed& slot, const std::vector<Application::Answer>& answers) {
      observer_->replayed(node.id, slot, answers);
    };
  }
  auto replica = Replica::recover(parts);
  if (!replica) {
    note("  " + replica.error().message);
    node.store = nullptr;
    return false;
  }
  node.replica = std::move(*replica);
  watch(node);
  return true;
}

// What a process does before it trusts its store (node/store_guard.hpp), over the simulated disk.
std::expected<Store, StoreError> Cluster::open_checked(Node& node) {
  const auto check = check_content(*node.disk);
  if (!check) return std::unexpected(check.error());
  std::expected<Store, StoreError> store =
      Store::open(*node.gate, {cluster_id_, node.id, node.incarnation}, node.earliest);
  if (!store || check->sound()) return store;
  const auto checkpoint = checkpoint_of(*store);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  const auto last = droppable_archive(*check, *checkpoint);
  if (!last) return std::unexpected(StoreError{check->problems().front()});
  ++counts_["archive-dropped"];
  if (auto dropped = drop_archive(*store, *last); !dropped) return std::unexpected(dropped.error());
  return store;
}

void Cluster::observe(Observer& observer) {
  observer_ = &observer;
  for (Node& node : nodes_) watch(node);
}

void Cluster::watch(Node& node) {
  if (observer_ == nullptr || node.replica == nullptr) return;
  node.replica->on_read = [this, &node](const Request& request, const std::vector<Bytes>& results) {
    observer_->has_read(node.id, node.replica->executed(), request, results);
  };
  if (is_byzantine(node.id.value)) return;
  observer_->started(node.id, node.replica->executed());
  node.replica->on_execute = [this, &node](const Committed& slot, const std::vector<Application::Answer>& answers) {
    observer_->executed(node.id, slot, answers);
  };
  node.replica->on_install = [this, &node](SequenceNumber n) { observer_->installed(node.id, n); };
  node.replica->on_evidence = [this, &node](const EvidenceFound& found) {
    const auto evidence = pbft::decode_evidence(found.bytes);
    BW_ASSERT(evidence);
    if (const auto conviction = pbft::judge(*evidence, crypto_, config(node.id.value)))
      observer_->convicted(node.id, *conviction);
  };
}

void Cluster::settle(Node& node) {
  node.has_input = false;
  if (node.replica == nullptr) return;
  const auto done = node.replica->run();
  BW_ASSERT(done || node.dying);
  if (node.dying) crash(node.place);
}

void Cluster::transmit(std::uint32_t from, std::uint32_t to, const MessagePtr& message) {
  if (on_send) on_send(now_ms_, from, to, *message);
  add_to_hash(*message, from, to);
  if (sent_++ % 8 == 0) {
    // Half of them stay for good, so that they grow old.
    if (old_.size() < kOldMessages) old_.push_back({from, to, message});
    else old_[kOldMessages / 2 + sent_ / 8 % (kOldMessages / 2)] = {from, to, message};
  }
  if (filter_ && !filter_(nodes_[from].id, nodes_[to].id, *message)) return;
  for (std::uint64_t when : network_.arrivals({from, to}, now_ms_)) {
    if (options_.quorum_delay_ms > 0 && completes_quorum(to, *message)) {
      when += options_.quorum_delay_ms;
      ++counts_["quorum-delayed"];
    }
    schedule(from, to, message, when);
  }
}

void Cluster::add_to_hash(const Message& message, std::uint32_t from, std::uint32_t to) {
  const auto add = [this](std::uint64_t part) { trace_hash_ = (trace_hash_ ^ part) * 0x100000001b3ull; };
  for (const std::uint64_t part : {now_ms_, std::uint64_t{from}, std::uint64_t{to}}) add(part);
  for (const char c : message.name()) add(static_cast<std::uint8_t>(c));
  protocol_->add_to_hash(message, add);
}

void Cluster::schedule(std::uint32_t from, std::uint32_t to, const MessagePtr& message, std::uint64_t when_ms) {
  at(when_ms, [this, from = nodes_[from].id, to, message] {
    arrive(to, [this, from, to, message] { deliver(from, to, message); });
  });
}

// Would this vote, with those under way to the same place and the receiver's own, make a quorum there?
bool Cluster::completes_quorum(std::uint32_t to, const Message& message) {
  const std::optional<VoteKey> vote = protocol_->vote(message);
  if (!vote) return false;
  auto& senders = votes_[{to, *vote}];
  const bool is_new = senders.insert(message.sender()).second;
  return is_new && senders.size() + 1 == protocol_->quorums().quorum;
}

void Cluster::inject(ReplicaId from, ReplicaId to, MessagePtr message, std::uint64_t delay_ms) {
  schedule(from.value, to.value, message, now_ms_ + delay_ms);
}

// Something reaches a process: now, or when its pause is over.
void Cluster::arrive(std::uint32_t place, std::function<void()> input) {
  Node& node = nodes_[place];
  if (node.replica == nullptr) return;
  if (now_ms_ >= node.paused_until_ms) return input();
  if (node.held.size() < kHeldInputs) node.held.push_back(std::move(input));
}

void Cluster::deliver(ReplicaId from, std::uint32_t to, const MessagePtr& message) {
  Node& node = nodes_[to];
  if (node.replica == nullptr) return;
  if (const auto reason = node.replica->admit(*message)) return node.replica->count_rejected(*reason);
  node.replica->step(protocol_->authenticator(node.id).authenticate(message, from));
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
    if (node.replica == nullptr || now_ms_ < node.paused_until_ms) continue;
    node.replica->tick(AgreedTime(wall_clock_us(node)));
    settle(node);
    if (observer_ != nullptr && node.replica != nullptr && !is_byzantine(node.id.value)) {
      observer_->ticked(node.id, *node.replica);
    }
  }
  drive_rejoin();
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
  network_.options().drop_percent = drop_percent;
  network_.options().duplicate_percent = duplicate_percent;
}

void Cluster::crash(std::uint32_t id) {
  note("crash " + std::to_string(id));
  Node& node = nodes_[id];
  node.replica = nullptr;
  node.store = nullptr;
  node.machine = nullptr;
  node.held.clear();
  node.paused_until_ms = 0;
}

void Cluster::restart(std::uint32_t id) { BW_ASSERT(try_restart(id)); }

bool Cluster::try_restart(std::uint32_t id) {
  note("restart " + std::to_string(id));
  BW_ASSERT(nodes_[id].replica == nullptr);
  return start(nodes_[id]);
}

void Cluster::crash_before_send(std::uint32_t id, std::uint64_t k) { nodes_[id].sends_left = k; }
void Cluster::crash_at_commit(std::uint32_t id, std::uint64_t k) {
  nodes_[id].commits_left = k;
  nodes_[id].commit_fault = FaultKind::crash_at_commit;
}
void Cluster::skew_clock(std::uint32_t id, std::int64_t us) { nodes_[id].clock_skew_us = us; }

// --- clients

RequestPtr Cluster::make_signed_request(std::uint32_t client, std::uint64_t number, const Bytes& command) {
  Request request = make_request(ClientId(client), RequestNumber(number), encode_commands({command}), {});
  request.signature = crypto_.sign(request_statement(cluster_id_, request));
  if (observer_ != nullptr) observer_->submitted(request);
  return std::make_shared<const Request>(std::move(request));
}

std::size_t Cluster::submit(std::uint32_t client, booking::Command command) {
  const Bytes bytes = booking::encode(command);
  return submit(client, bytes, std::move(command));
}

std::size_t Cluster::submit(std::uint32_t client, const GroupCommand& command) {
  return submit(client, encode(command), booking::Command{});
}

std::size_t Cluster::submit(std::uint32_t client, const Bytes& command, booking::Command as_command) {
  auto call = std::make_unique<Call>();
  call->client = ClientId(client);
  call->number = RequestNumber(++next_number_[call->client]);
  call->request = make_signed_request(client, call->number.value, command);
  call->command = std::move(as_command);
  call->last_sent_ms = now_ms_;
  call->asked_after = answered_;
  open_calls_[{call->client, call->number}] = call.get();
  send_request(call->request, believed_primary());
  calls_.push_back(std::move(call));
  return calls_.size() - 1;
}

ReplicaId Cluster::believed_primary() const {
  if (options_.engine == Engines::raft) return believed_leader_;
  std::vector<ViewNumber> claims(options_.replicas, ViewNumber(0));
  for (const auto& [replica, view] : claimed_views_) claims[replica.value] = view;
  std::ranges::sort(claims, std::greater{});
  const Quorums& quorums = protocol_->quorums();
  return ReplicaId(static_cast<std::uint32_t>(claims[quorums.weak - 1].value % quorums.n));
}

void Cluster::send_request(RequestPtr request, ReplicaId to, ClientId from) {
  const auto input = [this, request, from, place = to.value] {
    Node& node = nodes_[place];
    if (node.replica == nullptr) return;
    if (from != request->client) return node.replica->count_rejected(RejectReason::sender_mismatch);
    if (const auto reason = node.replica->admit(*request)) return node.replica->count_rejected(*reason);
    auto verified = protocol_->authenticator(node.id).authenticate(request);
    if (!verified) return node.replica->count_rejected(verified.error());
    node.replica->request(std::move(*verified));
    took_input(node);
  };
  at(now_ms_ + random_.between(options_.min_delay_ms, options_.max_delay_ms),
     [this, input, place = to.value] { arrive(place, input); });
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
  if (it == open_calls_.end()) return;
  Call& call = *it->second;
  if (reply.status == ReplyStatus::redirected && reply.leader && *reply.leader != believed_leader_) {
    believed_leader_ = *reply.leader;
    return send_request(call.request, believed_leader_);
  }
  if (reply.status != ReplyStatus::executed) return;
  if (reply.request != call.request->digest) return;
  call.replies.insert_or_assign(reply.replica, reply);
  std::size_t agreeing = 0;
  for (const auto& [replica, other] : call.replies) {
    agreeing += other.sequence == reply.sequence && other.results == reply.results;
  }
  const std::size_t needed = protocol_->quorums().weak - (mutant(Mutant::f_replies) ? 1 : 0);
  if (agreeing < needed || reply.results.size() != 1) return;
  call.result = booking::decode_result(reply.results[0]);
  call.result_bytes = reply.results[0];
  call.sequence = reply.sequence;
  believed_leader_ = reply.replica;
  ++answered_;
  if (observer_ != nullptr) observer_->answered(*call.request, reply.sequence, reply.results[0], call.asked_after);
  open_calls_.erase(it);
}

bool Cluster::all_answered() const { return open_calls_.empty(); }

std::vector<pbft::Conviction> Cluster::convictions(std::uint32_t id) const {
  std::vector<pbft::Conviction> out;
  const auto scanned = nodes_[id].store->scan(Table::evidence, {}, [&](ByteView, ByteView value) {
    const std::optional<pbft::Evidence> evidence = pbft::decode_evidence(value);
    BW_ASSERT(evidence);
    const auto conviction = pbft::judge(*evidence, crypto_, config(nodes_[id].id.value));
    if (conviction) out.push_back(*conviction);
    return true;
  });
  BW_ASSERT(scanned);
  return out;
}

}  // namespace breakwater::sim

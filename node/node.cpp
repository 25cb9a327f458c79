#include "node/node.hpp"

#include <algorithm>

namespace breakwater {

namespace {

// A tick that is this late follows a pause of the process (suspended, a slow disk): what queued up meanwhile comes
// first, or the timers would count a silence that nobody kept. Bounded, so that a flood cannot stop time.
constexpr int kPauseTicks = 20;
constexpr std::uint32_t kMaxDrainRounds = 64;

constexpr std::uint64_t kProbeQuestionMs = 100;
constexpr std::uint64_t kProbeReportMs = 10'000;

std::string mend_of_a_lost_store(const NodeParts& parts) {
  if (!parts.readmits) {
    return "the group goes on without it and survives one crash less, until it is made anew from a checkpoint "
           "(docs/operations.md, A lost disk)";
  }
  return "run: breakwater rejoin --id " + std::to_string(parts.self.value);
}

AgreedTime wall_clock() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return AgreedTime(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()));
}

}  // namespace

Node::Node(NodeParts parts)
    : parts_(std::move(parts)),
      tick_length_(std::chrono::milliseconds(parts_.protocol.tick_ms)),
      events_(parts_.log),
      pool_(
          parts_.kit.authenticator(), parts_.protocol.verify_threads,
          {[this](Authenticated result) { parts_.replica.step(std::move(result)); },
           [this](ClientId from, VerificationPool::RequestResult result) { authenticated(from, std::move(result)); }}) {
  parts_.transport.watch(pool_.wake_fd());
  for (const Readmission& readmission : parts_.replica.readmissions()) change_key(readmission);
  parts_.replica.watch_readmissions([this](const Readmission& readmission) { change_key(readmission); });
  parts_.replica.on_evidence = [this](const EvidenceFound& found) { events_.evidence(found); };
}

std::expected<int, ConfigError> Node::run() {
  const auto mark = import_mark_of(parts_.store);
  if (!mark) return stop_after(mark.error());
  if (parts_.store.was_empty() && parts_.store.identity().incarnation > Incarnation(0)) {
    parts_.log.info(
        "the store is empty, and incarnation {} was readmitted: following the group, silent until it counts",
        parts_.store.identity().incarnation.value);
    if (auto claimed = parts_.store.claim(); !claimed) return stop_after(claimed.error());
  } else if (parts_.store.was_empty() || *mark) {
    given_ = mark->value_or(GivenHistory{});
    const auto in_ticks = [this](std::uint64_t ms) { return parts_.protocol.ticks(ms); };
    probe_.emplace(parts_.self, parts_.quorums, parts_.kit.probe_grace_ms().transform(in_ticks),
                   in_ticks(kProbeQuestionMs));
    parts_.log.info("the store {}: asking the other replicas whether the group has {} history",
                    *mark ? "was imported at slot " + std::to_string(given_.sequence.value) : "is empty",
                    *mark ? "more" : "a");
  }
  next_tick_ = Clock::now();
  if (auto done = tick(); !done) return stop_after(done.error());  // an engine without the time of day proposes nothing
  for (;;) {
    if (const std::optional<int> signal = parts_.signals.take()) {
      parts_.log.info("stopping on signal {} at slot {}", *signal, parts_.replica.executed().value);
      return 0;
    }
    const bool drained = take_input();
    if (auto done = perform(); !done) return stop_after(done.error());
    if (!tick_is_due(drained)) continue;
    if (auto done = tick(); !done) return stop_after(done.error());
    if (std::optional<ConfigError> refusal = judge_probe()) return std::unexpected(std::move(*refusal));
    if (std::optional<ConfigError> refusal = judge_memory()) return std::unexpected(std::move(*refusal));
  }
}

// --- one round

// True when nothing that arrived is left for another round.
bool Node::take_input() {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - Clock::now());
  const std::size_t taken = parts_.transport.poll(
      std::max(left, std::chrono::milliseconds(0)), kMaxFramesPerRound,
      [this](FromReplica from, ByteView frame) { on_replica_frame(from, frame); },
      [this](const FromClient& from, ByteView frame) { on_client_frame(from, frame); });
  pool_.collect();
  return taken < kMaxFramesPerRound && pool_.pending() == 0;
}

std::expected<void, StoreError> Node::perform() {
  if (probe_) return {};  // the engine got no input, and must send nothing
  return parts_.replica.run();
}

bool Node::tick_is_due(bool drained) {
  const Clock::time_point now = Clock::now();
  if (now < next_tick_) return false;
  const bool paused = now - next_tick_ > kPauseTicks * tick_length_;
  if (paused && !drained && drain_rounds_ < kMaxDrainRounds) {
    ++drain_rounds_;
    return false;
  }
  drain_rounds_ = 0;
  // Missed ticks coalesce into this one.
  next_tick_ = std::max(next_tick_ + tick_length_, now);
  return true;
}

std::expected<void, StoreError> Node::tick() {
  if (probe_) {
    if (probe_->tick()) parts_.outlet.send(std::nullopt, parts_.kit.question(given_));
    if (probe_->verdict() != HistoryProbe::Verdict::fresh) return {};
    if (auto joined = join(); !joined) return joined;
    if (probe_) return {};  // the disk is full
  }
  parts_.replica.tick(wall_clock());
  auto done = perform();
  if (done) events_.observe(parts_.replica.status(), parts_.replica.counters(), Clock::now());
  return done;
}

int Node::stop_after(const StoreError& failure) {
  parts_.log.critical("{}; this replica stops at slot {}: it must not vote on a store that it cannot trust",
                      failure.message, parts_.replica.executed().value);
  return 2;
}

// --- the probe

std::optional<ConfigError> Node::judge_probe() {
  if (!probe_) return std::nullopt;
  if (probe_->verdict() == HistoryProbe::Verdict::has_history) {
    const std::string what =
        given_.sequence.value == 0
            ? " is empty but the group has history ("
            : " was imported at slot " + std::to_string(given_.sequence.value) + " but the group has more history (";
    return ConfigError{parts_.store.where() + what + std::to_string(probe_->peers_with_history()) +
                       " of its replicas report it): a replica " + "that lost its store must not vote again; " +
                       mend_of_a_lost_store(parts_)};
  }
  if (probe_->ticks() % parts_.protocol.ticks(kProbeReportMs) == 0) {
    parts_.log.info("still asking for the group's history: {} of {} peers heard, {} of them with history",
                    probe_->peers_heard(), parts_.quorums.n - 1, probe_->peers_with_history());
  }
  return std::nullopt;
}

std::optional<ConfigError> Node::judge_memory() const {
  const EngineStatus status = parts_.replica.status();
  if (!status.old_copy) return std::nullopt;
  return ConfigError{parts_.store.where() + " is an old copy (" + status.waiting_for +
                     "): a replica that forgot what it promised must not vote again; " + mend_of_a_lost_store(parts_)};
}

// Its own: the new one is for the process that is started with it.
void Node::change_key(const Readmission& readmission) {
  parts_.log.info("replica {} is readmitted as incarnation {} by slot {}, and speaks from checkpoint {} on",
                  readmission.replica.value, readmission.era.incarnation.value, readmission.era.readmitted.value,
                  readmission.era.effective.value);
  if (readmission.replica == parts_.self) return;
  parts_.transport.change_key(readmission.replica, CurvePublicKey{readmission.channel_key.bytes});
}

// Durable before the first vote: from here on this store remembers everything that its replica promises.
std::expected<void, StoreError> Node::join() {
  auto done = parts_.store.was_empty() ? parts_.store.claim() : clear_import_mark(parts_.store);
  if (!done) {
    if (!done.error().no_room) return done;
    if (!shortage_) parts_.log.warn("waiting for room on the disk: {}", done.error().message);
    shortage_ = done.error();
    return {};
  }
  parts_.log.info("the group is fresh ({} peers heard): joining it", probe_->peers_heard());
  probe_.reset();
  return {};
}

// --- the gate

void Node::on_replica_frame(const FromReplica& from, ByteView frame) {
  Replica& replica = parts_.replica;
  if (parts_.partition != nullptr && parts_.partition->drops(from.replica)) {
    return replica.count_rejected(RejectReason::partitioned);
  }
  const std::expected<MessagePtr, RejectReason> message = parts_.kit.decode(frame);
  if (!message) return replica.count_rejected(message.error());
  // Its own lies come back to a liar: its store does not know them, which is no sign that it is an old copy.
  const bool is_own = (*message)->sender() == parts_.self;
  if (is_own && !parts_.report.byzantine.empty()) return replica.count_rejected(RejectReason::from_self);
  if (probe_) {
    const std::optional<PeerReport> report = parts_.kit.report_of(**message, given_);
    if (report && report->peer == from.replica) probe_->heard(*report);
    return;
  }
  if (const auto reason = replica.admit(**message)) return replica.count_rejected(*reason);
  if (const auto reason = pool_.submit(*message, from.replica, frame.size())) replica.count_rejected(*reason);
}

void Node::on_client_frame(const FromClient& from, ByteView frame) {
  std::expected<ClientFrame, RejectReason> decoded = decode_client_frame(frame);
  if (!decoded) return parts_.replica.count_rejected(decoded.error());
  if (const auto* query = std::get_if<StatusQuery>(&*decoded)) return on_status_query(from, *query);
  if (auto* order = std::get_if<PartitionOrder>(&*decoded)) return on_partition_order(from, std::move(*order));
  on_request(from, std::move(std::get<RequestPtr>(*decoded)), frame.size());
}

void Node::on_request(const FromClient& from, RequestPtr request, std::size_t bytes) {
  Replica& replica = parts_.replica;
  if (request->client != from.client) return replica.count_rejected(RejectReason::sender_mismatch);
  if (penalties_.is_ignored(from.client, Clock::now())) return replica.count_rejected(RejectReason::throttled);
  // Also of a request that is pending already: its client may have reconnected since.
  parts_.routes.asked(from.client, request->number, from.route);
  if (probe_) return replica.count_rejected(RejectReason::overloaded);  // the client asks again
  if (const auto reason = replica.admit(*request)) {
    if (*reason == RejectReason::client_window_full) penalties_.beyond_window(from.client, Clock::now());
    return replica.count_rejected(*reason);
  }
  penalties_.within_window(from.client);
  if (const auto reason = pool_.submit(std::move(request), bytes)) replica.count_rejected(*reason);
}

// The status report that answers it says whom the replica is cut off from.
void Node::on_partition_order(const FromClient& from, PartitionOrder order) {
  const ClientEntry* client = parts_.roster.client(from.client);
  if (parts_.partition == nullptr || client == nullptr || client->role != ClientRole::operator_role) {
    return parts_.replica.count_rejected(RejectReason::not_permitted);
  }
  if (order.cut_off != parts_.partition->peers()) {
    std::string names;
    for (const ReplicaId id : order.cut_off) names += " " + std::to_string(id.value);
    if (names.empty()) parts_.log.warn("*** FAULT INJECTION: this replica hears everybody again ***");
    else parts_.log.warn("*** FAULT INJECTION: this replica drops all traffic with{} ***", names);
  }
  parts_.partition->cut_off(std::move(order.cut_off));
  on_status_query(from, StatusQuery{false});
}

void Node::on_status_query(const FromClient& from, const StatusQuery& query) {
  parts_.routes.wants_silence(from.client, from.route, query.silence);
  StatusReport report = make_status_report(parts_.report, query.with_state_digest);
  if (probe_) {
    report.role = "joining";
    report.waiting_for = "the other replicas to say whether the group has a history (" +
                         std::to_string(probe_->peers_heard()) + " of " + std::to_string(parts_.quorums.n - 1) +
                         " heard)";
    if (shortage_) report.waiting_for = "room on the disk: " + shortage_->message;
  }
  parts_.transport.reply(from.route, encode_frame(report));
}

void Node::authenticated(ClientId from, VerificationPool::RequestResult result) {
  if (!result) {
    if (result.error() == RejectReason::bad_signature) penalties_.bad_signature(from, Clock::now());
    return parts_.replica.count_rejected(result.error());
  }
  parts_.replica.request(std::move(*result));
}

}  // namespace breakwater

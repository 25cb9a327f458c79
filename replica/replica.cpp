#include "replica/replica.hpp"

#include <algorithm>

#include "crypto/receipt.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kProofsKept = 512;
const Bytes kCheckpointKey = to_bytes("checkpoint");  // in Table::meta: the sequence number of Table::leaves

// For a mutant: the requests as a container with a seed of each replica's own would give them.
Committed shuffled(const Committed& slot, ReplicaId self) {
  if (slot.batch == nullptr || self.value % 2 == 0) return slot;
  Batch batch = *slot.batch;
  std::ranges::reverse(batch.requests);
  Committed out = slot;
  out.batch = std::make_shared<const Batch>(std::move(batch));
  return out;
}

}  // namespace

Replica::Replica(const ReplicaParts& parts)
    : parts_(parts),
      application_(parts.machine, parts.roster, parts.rules),
      transfer_(parts.self, parts.roster.replicas(), parts.store, parts.outlet, parts.transfer_bytes_per_tick) {}

std::optional<RejectReason> Replica::admit(const Request& request) const {
  if (is_paused()) return RejectReason::no_room;
  if (parts_.roster.client(request.client) == nullptr) return RejectReason::unknown_client;
  const std::optional<RejectReason> refusal = engine_->admit(request);
  // A client has no more in flight than its window, unless it floods: then a check would be wasted as well. Whatever
  // else the engine refuses is checked, since its client is told so, or had it executed before.
  const bool is_wasted = refusal == RejectReason::already_pending || refusal == RejectReason::client_window_full;
  return is_wasted ? refusal : std::nullopt;
}

// Old requests, well signed, are in every batch: whoever relays them again must not fill the queue with them.
std::optional<RejectReason> Replica::admit(const Message& message) const {
  if (is_paused()) return RejectReason::no_room;
  if (const RequestPtr request = message.passed_on(); request != nullptr && application_.answered(request)) {
    return RejectReason::already_executed;
  }
  if (const auto* part = dynamic_cast<const TransferMessage*>(&message)) return transfer_.admit(*part);
  return engine_->admit(message);
}

void Replica::step(Authenticated message) {
  if (message.dropped) count_rejected(*message.dropped);
  else if (is_paused()) count_rejected(RejectReason::no_room);
  if (is_paused()) return;
  if (message.garbled) engine_->distrust(std::move(*message.garbled));
  if (message.spoiled) engine_->convict(std::move(*message.spoiled));
  if (message.good) step(std::move(*message.good));
}

void Replica::step(Verified<MessagePtr> message) {
  if (const RequestPtr request = (*message)->passed_on(); request != nullptr && application_.answered(request)) {
    return count_rejected(RejectReason::already_executed);
  }
  if (const auto* part = dynamic_cast<const TransferMessage*>(message->get())) {
    if (const auto reason = transfer_.step(*part)) count_rejected(*reason);
    return;
  }
  engine_->step(std::move(message));
}

void Replica::tick(AgreedTime wall_clock) {
  retry_is_due_ = true;
  wall_clock_ = wall_clock;
  transfer_.tick();
  if (!is_paused()) engine_->tick(wall_clock);
}

void Replica::request(Verified<RequestPtr> request) {
  if (is_paused()) return count_rejected(RejectReason::no_room);
  if (const std::optional<Application::Answer> known = application_.answered(*request)) {
    const EngineStatus status = engine_->status();
    if (status.quarantined) return count_rejected(RejectReason::quarantined);
    return status.silent ? count_rejected(RejectReason::wrong_incarnation) : answer(*known, status.view);
  }
  const std::optional<RejectReason> refusal = engine_->admit(**request);
  if (!refusal && engine_->serves_reads() && may_be_read(**request) && engine_->read(request)) return;
  if (!refusal) return engine_->propose(std::move(request), false);
  count_rejected(*refusal);
  if (*refusal == RejectReason::already_pending) return;
  turn_away(**request, *refusal == RejectReason::not_leader ? ReplyStatus::redirected : ReplyStatus::overloaded);
}

// Without a slot, and so at the time of the last one: of what has ended since, only a slot of its own tells.
bool Replica::may_be_read(const Request& request) const {
  return application_.only_reads(request) && application_.reads_alike(request, wall_clock_);
}

Reply Replica::reply_for(const Request& request, ReplyStatus status, ViewNumber view) const {
  Reply reply{};
  reply.replica = parts_.self;
  reply.client = request.client;
  reply.number = request.number;
  reply.request = request.digest;
  reply.status = status;
  reply.view = view;
  return reply;
}

void Replica::turn_away(const Request& request, ReplyStatus status) {
  Reply reply = reply_for(request, status, engine_->status().view);
  if (status == ReplyStatus::redirected) reply.leader = engine_->redirect();
  parts_.outlet.reply(reply);
}

std::expected<void, StoreError> Replica::run() {
  if (is_paused() && !retry_is_due_) return {};
  retry_is_due_ = false;
  if (!is_paused() || transfer_is_short_) run_transfer();
  if (!failure_ && !transfer_is_short_) {
    const std::expected<void, Unsaved> done = effects_.run(*engine_, *this);
    BW_ASSERT(done || failure_ || (shortage_ && done.error() == Unsaved::no_room));
    if (done) run_transfer();  // a fetch that the engine asked for begins at once
  }
  if (failure_) return std::unexpected(*failure_);
  return {};
}

// Without room for what was fetched the replica waits as it does for a transaction of its engine.
void Replica::run_transfer() {
  const auto outcome = transfer_.run();
  if (!outcome && !outcome.error().no_room) {
    failure_ = outcome.error();
    return;
  }
  if (!outcome) shortage_ = outcome.error();
  else if (transfer_is_short_) shortage_.reset();
  transfer_is_short_ = !outcome;
  if (outcome && *outcome) engine_->fetched((*outcome)->sequence, (*outcome)->whole);
}

EngineStatus Replica::status() const {
  EngineStatus status = engine_->status();
  if (const std::string progress = transfer_.progress(); !progress.empty()) status.waiting_for = progress;
  if (!shortage_) return status;
  status.role = "paused";
  status.waiting_for = "room on the disk: " + shortage_->message;
  status.answers = false;
  return status;
}

std::expected<void, Unsaved> Replica::persist(std::span<const Record> records) {
  std::ranges::transform(records, std::back_inserter(with_next_transaction_), sealed);
  parts_.outlet.flush();  // nothing that may go waits for this disk
  const std::expected<void, StoreError> done = parts_.store.commit_sealed(with_next_transaction_);
  if (!done && done.error().no_room) {
    shortage_ = done.error();  // the same records come again, and count once
    return std::unexpected(Unsaved::no_room);
  }
  if (!done) {
    failure_ = done.error();
    return std::unexpected(Unsaved::failed);
  }
  shortage_.reset();
  ++counters_.transactions;
  counters_.records += with_next_transaction_.size();
  with_next_transaction_ = {};
  if (!unsaved_checkpoint_) return {};
  const auto held = transfer_.hold(unsaved_checkpoint_->sequence, unsaved_checkpoint_->nodes);
  unsaved_checkpoint_.reset();
  if (held) return {};
  failure_ = held.error();
  return std::unexpected(Unsaved::failed);
}

void Replica::send(const Outbound& outbound) {
  ++counters_.messages_sent;
  parts_.outlet.send(outbound.to, outbound.message);
}

Execution Replica::execute(const Committed& slot) {
  BW_ASSERT(slot.sequence == executed_.next() || mutant(Mutant::out_of_order));
  parts_.outlet.flush();  // votes are not kept waiting by what a slot has to compute
  const std::vector<Application::Answer> answers =
      mutant(Mutant::unordered_apply) ? application_.apply(shuffled(slot, parts_.self)) : application_.apply(slot);
  executed_ = slot.sequence;
  ++counters_.slots;
  counters_.requests += answers.size();
  for (const Application::Answer& a : answers) counters_.commands += a.results.size();
  if (on_execute) on_execute(slot, answers);
  reply_to(answers, slot.sequence);
  Execution execution;
  if (slot.checkpoint_due) execution.state = checkpoint(slot.sequence);
  for (const Application::Answer& a : answers) {
    if (a.verdict != SessionVerdict::fresh) continue;  // moves no window, and is no work
    execution.spent.emplace_back(a.request->client, application_.spent(a.request->client));
    execution.fresh_work += work_of(*a.request);
  }
  return execution;
}

// Leaves, root and the engine's own checkpoint vote go into one transaction, with the archive up to here. Catch-up may
// pass several checkpoints before it: their leaves add up.
Digest Replica::checkpoint(SequenceNumber sequence) {
  std::ranges::move(application_.take_unsaved(), std::back_inserter(with_next_transaction_));
  const Digest root = application_.root();
  const Bytes bytes(root.bytes.begin(), root.bytes.end());
  with_next_transaction_.push_back(sealed({Table::roots, sequence_key(sequence), bytes}));
  with_next_transaction_.push_back(sealed({Table::meta, kCheckpointKey, Writer().u64(sequence.value).take()}));
  unsaved_checkpoint_ = UnsavedCheckpoint{sequence, application_.nodes()};
  return root;
}

// One signature per slot: over the Merkle root of what its requests resulted in.
void Replica::reply_to(const std::vector<Application::Answer>& answers, SequenceNumber sequence) {
  const EngineStatus status = engine_->status();
  if (status.quarantined || status.silent || !status.answers) return;
  if (parts_.signer != nullptr) sign_results(answers, sequence);
  for (const Application::Answer& a : answers) answer(a, status.view);
}

void Replica::sign_results(const std::vector<Application::Answer>& answers, SequenceNumber sequence) {
  std::map<std::pair<ClientId, RequestNumber>, std::uint32_t> place;
  std::vector<Digest> leaves;
  leaves.reserve(answers.size());
  for (const Application::Answer& a : answers) {
    if (a.verdict != SessionVerdict::fresh) continue;
    place[{a.request->client, a.request->number}] = static_cast<std::uint32_t>(leaves.size());
    leaves.push_back(result_leaf(a.request->client, a.request->number, a.request->digest, a.results.list()));
  }
  if (leaves.empty()) return;
  // In the incarnation that votes on this slot.
  Signatory self = parts_.signer->identity();
  self.incarnation = parts_.roster.incarnation_at(parts_.self, sequence).value_or(self.incarnation);
  // It must know what that one answered, and have its key.
  const bool is_own = self.incarnation >= parts_.store.identity().incarnation &&
                      self.incarnation <= parts_.signer->identity().incarnation;
  if (!is_own) return;
  MerkleTree results(leaves);
  const Signature signature =
      parts_.signer->sign(reply_statement(parts_.roster.cluster(), self, sequence, results.root()));
  proofs_.emplace(sequence, SlotProof{std::move(results), std::move(place), signature});
  if (proofs_.size() > kProofsKept) proofs_.erase(proofs_.begin());
}

void Replica::answer(const Application::Answer& a, ViewNumber view) {
  ++counters_.replies;
  if (!parts_.outlet.reaches(a.request->client, a.request->number)) return;
  const ReplyStatus status = a.verdict == SessionVerdict::expired         ? ReplyStatus::expired
                             : a.verdict == SessionVerdict::number_reused ? ReplyStatus::number_reused
                                                                          : ReplyStatus::executed;
  Reply reply = reply_for(*a.request, status, view);
  reply.sequence = a.sequence;
  reply.results = a.results.list();
  const auto proof = proofs_.find(a.sequence);
  if (reply.status == ReplyStatus::executed && proof != proofs_.end()) {
    const SlotProof& signed_slot = proof->second;
    MerklePath path = signed_slot.results.path(signed_slot.place.at({reply.client, reply.number}));
    reply.signed_reply = true;
    reply.root = signed_slot.results.root();
    reply.signature = signed_slot.signature;
    reply.path_index = path.index;
    reply.path_leaves = path.leaves;
    reply.path = std::move(path.siblings);
  }
  parts_.outlet.reply(reply);
}

void Replica::serve(const ArchiveRead& read) {
  for (SequenceNumber n = read.first; n <= read.last; n = n.next()) {
    const auto record = parts_.store.get(Table::archive, sequence_key(n));
    if (!record) {
      failure_ = record.error();  // damaged: never served; run() reports it
      return;
    }
    if (!*record) return;  // not archived yet, or past its retention
    if (const MessagePtr message = parts_.factory.slot_message(**record)) {
      ++counters_.messages_sent;
      parts_.outlet.send(read.to, message);
    }
  }
}

// A read: the state holds everything that was decided when it was asked for. Its number stays unspent.
void Replica::answer(const RequestPtr& read) {
  std::vector<Bytes> results = application_.read(*read);
  if (on_read) on_read(*read, results);
  answer({read, SessionVerdict::fresh, executed_, std::move(results)}, engine_->status().view);
}

SnapshotPtr Replica::load_snapshot() {
  const auto read = [&](Table table, ByteView key) -> std::optional<Bytes> {
    auto value = parts_.store.get(table, key);
    if (value) return std::move(*value);
    failure_ = value.error();
    return std::nullopt;
  };
  const std::optional<Bytes> checkpoint = read(Table::meta, kCheckpointKey);
  if (!checkpoint) return nullptr;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->sequence = SequenceNumber(Reader(*checkpoint).u64());
  const std::optional<Bytes> root = read(Table::roots, sequence_key(snapshot->sequence));
  if (!root) return nullptr;
  snapshot->root = Digest::from(*root).value_or(Digest{});
  snapshot->slot = read(Table::archive, sequence_key(snapshot->sequence)).value_or(Bytes{});
  return failure_ ? nullptr : snapshot;
}

std::expected<bool, Unsaved> Replica::install(const Install& install) {
  const Snapshot& snapshot = install.snapshot;
  auto leaves = transfer_.installation();
  if (leaves && !*leaves) return false;
  std::vector<Record> records = install.records;
  std::expected<void, StoreError> read;
  if (!leaves) read = std::unexpected(leaves.error());
  for (const Table table : {Table::archive, Table::roots}) {
    if (!read) break;
    read = parts_.store.scan(table, {}, [&](ByteView key, ByteView) {
      records.push_back({table, Bytes(key.begin(), key.end()), std::nullopt});
      return true;
    });
  }
  if (!read) {
    failure_ = read.error();
    return std::unexpected(Unsaved::failed);
  }
  std::ranges::move(**leaves, std::back_inserter(records));
  records.push_back(
      {Table::roots, sequence_key(snapshot.sequence), Bytes(snapshot.root.bytes.begin(), snapshot.root.bytes.end())});
  records.push_back({Table::meta, kCheckpointKey, Writer().u64(snapshot.sequence.value).take()});
  if (!snapshot.slot.empty()) records.push_back({Table::archive, sequence_key(snapshot.sequence), snapshot.slot});
  with_next_transaction_.clear();  // of a checkpoint before this one
  unsaved_checkpoint_.reset();
  if (const auto done = persist(records); !done) return std::unexpected(done.error());
  transfer_.installed();
  return reload(snapshot);
}

// From here on the application is what the store holds.
std::expected<bool, Unsaved> Replica::reload(const Snapshot& snapshot) {
  application_.clear();
  std::expected<void, StoreError> loaded = load_leaves();
  if (loaded && application_.root() != snapshot.root && !mutant(Mutant::one_donor_trusted)) {
    loaded = std::unexpected(StoreError{parts_.store.where() + ": the leaves of checkpoint " +
                                        std::to_string(snapshot.sequence.value) + " do not hash to its root"});
  }
  if (loaded) loaded = transfer_.hold(snapshot.sequence, application_.nodes());
  if (!loaded) {
    failure_ = loaded.error();
    return std::unexpected(Unsaved::failed);
  }
  executed_ = snapshot.sequence;
  proofs_.clear();
  if (on_install) on_install(executed_);
  return true;
}

void Replica::found(const EvidenceFound& evidence) {
  ++counters_.evidence;
  if (on_evidence) on_evidence(evidence);
}

void Replica::rejected(const Rejected& r) { count_rejected(r.reason); }

}  // namespace breakwater

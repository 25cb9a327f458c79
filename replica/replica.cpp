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

std::optional<RejectReason> Replica::admit(const Request& request) const {
  if (parts_.roster.client(request.client) == nullptr) return RejectReason::unknown_client;
  const std::optional<RejectReason> refusal = engine_->admit(request);
  return refusal == RejectReason::already_pending ? refusal : std::nullopt;
}

// Old requests, well signed, are in every batch: whoever relays them again must not fill the queue with them.
std::optional<RejectReason> Replica::admit(const Message& message) const {
  if (const RequestPtr request = message.passed_on(); request != nullptr && application_.answered(request)) {
    return RejectReason::already_executed;
  }
  return engine_->admit(message);
}

void Replica::step(Verified<MessagePtr> message) {
  if (const RequestPtr request = (*message)->passed_on(); request != nullptr && application_.answered(request)) {
    return count_rejected(RejectReason::already_executed);
  }
  engine_->step(std::move(message));
}

void Replica::request(Verified<RequestPtr> request) {
  if (const std::optional<Application::Answer> known = application_.answered(*request)) {
    const EngineStatus status = engine_->status();
    if (status.quarantined) return count_rejected(RejectReason::quarantined);
    return status.silent ? count_rejected(RejectReason::wrong_incarnation) : answer(*known, status.view);
  }
  const std::optional<RejectReason> refusal = engine_->admit(**request);
  if (!refusal && engine_->serves_reads() && application_.only_reads(**request) && engine_->read(request)) return;
  if (!refusal) return engine_->propose(std::move(request), false);
  count_rejected(*refusal);
  if (*refusal == RejectReason::already_pending) return;
  turn_away(**request, *refusal == RejectReason::not_leader ? ReplyStatus::redirected : ReplyStatus::overloaded);
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
  if (!drain(*engine_, *this) || failure_) return std::unexpected(*failure_);
  return {};
}

bool Replica::persist(std::span<const Record> records) {
  std::vector<Record> transaction(records.begin(), records.end());
  for (Record& record : with_next_transaction_) transaction.push_back(std::move(record));
  with_next_transaction_.clear();
  const std::expected<void, StoreError> done = parts_.store.commit(transaction);
  if (!done) {
    failure_ = done.error();
    return false;
  }
  ++counters_.transactions;
  counters_.records += transaction.size();
  return true;
}

void Replica::send(const Outbound& outbound) {
  ++counters_.messages_sent;
  parts_.outlet.send(outbound.to, outbound.message);
}

std::optional<Digest> Replica::execute(const Committed& slot) {
  BW_ASSERT(slot.sequence == executed_.next() || mutant(Mutant::out_of_order));
  const std::vector<Application::Answer> answers =
      mutant(Mutant::unordered_apply) ? application_.apply(shuffled(slot, parts_.self)) : application_.apply(slot);
  executed_ = slot.sequence;
  ++counters_.slots;
  counters_.requests += answers.size();
  for (const Application::Answer& a : answers) counters_.commands += a.results.size();
  if (on_execute) on_execute(slot, answers);
  reply_to(answers, slot.sequence);
  if (!slot.checkpoint_due) return std::nullopt;

  // Leaves, root and the engine's own checkpoint vote go into one transaction, with the archive up to here. Catch-up
  // may pass several checkpoints before it: their leaves add up.
  for (Record& record : application_.take_unsaved()) with_next_transaction_.push_back(std::move(record));
  const Digest root = application_.root();
  with_next_transaction_.push_back(
      {Table::roots, sequence_key(slot.sequence), Bytes(root.bytes.begin(), root.bytes.end())});
  with_next_transaction_.push_back({Table::meta, kCheckpointKey, Writer().u64(slot.sequence.value).take()});
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
  SlotProof proof;
  std::vector<Digest> leaves;
  for (const Application::Answer& a : answers) {
    if (a.verdict != SessionVerdict::fresh) continue;
    proof.index[{a.request->client, a.request->number}] = leaves.size();
    leaves.push_back(result_leaf(a.request->client, a.request->number, a.request->digest, a.results));
  }
  if (leaves.empty()) return;
  proof.root = merkle_root(leaves);
  proof.paths = merkle_paths(leaves);
  // In the incarnation that votes on this slot.
  Signatory self = parts_.signer->identity();
  self.incarnation = parts_.roster.incarnation_at(parts_.self, sequence).value_or(self.incarnation);
  // It must know what that one answered, and have its key.
  const bool is_own = self.incarnation >= parts_.store.identity().incarnation &&
                      self.incarnation <= parts_.signer->identity().incarnation;
  if (!is_own) return;
  proof.signature = parts_.signer->sign(reply_statement(parts_.roster.cluster(), self, sequence, proof.root));
  proofs_.emplace(sequence, std::move(proof));
  if (proofs_.size() > kProofsKept) proofs_.erase(proofs_.begin());
}

void Replica::answer(const Application::Answer& a, ViewNumber view) {
  const ReplyStatus status = a.verdict == SessionVerdict::expired         ? ReplyStatus::expired
                             : a.verdict == SessionVerdict::number_reused ? ReplyStatus::number_reused
                                                                          : ReplyStatus::executed;
  Reply reply = reply_for(*a.request, status, view);
  reply.sequence = a.sequence;
  reply.results = a.results;
  const auto proof = proofs_.find(a.sequence);
  if (reply.status == ReplyStatus::executed && proof != proofs_.end()) {
    const MerklePath& path = proof->second.paths[proof->second.index.at({reply.client, reply.number})];
    reply.signed_reply = true;
    reply.root = proof->second.root;
    reply.signature = proof->second.signature;
    reply.path_index = path.index;
    reply.path_leaves = path.leaves;
    reply.path = path.siblings;
  }
  ++counters_.replies;
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
  const auto leaves = parts_.store.scan(Table::leaves, {}, [&](ByteView key, ByteView value) {
    snapshot->leaves.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  });
  if (!leaves) failure_ = leaves.error();
  return failure_ ? nullptr : snapshot;
}

std::optional<bool> Replica::install(const Install& install) {
  const Snapshot& snapshot = *install.snapshot;
  StateTree tree;
  for (const auto& [key, value] : snapshot.leaves) tree.put(key, value);
  if (tree.root() != snapshot.root) return false;

  std::vector<Record> records = install.records;
  std::expected<void, StoreError> read;
  const auto erase_all = [&](Table table) {
    if (!read) return;
    read = parts_.store.scan(table, {}, [&](ByteView key, ByteView) {
      records.push_back({table, Bytes(key.begin(), key.end()), std::nullopt});
      return true;
    });
  };
  for (const Table table : {Table::leaves, Table::archive, Table::roots}) erase_all(table);
  if (!read) {
    failure_ = read.error();
    return std::nullopt;
  }
  for (const auto& [key, value] : snapshot.leaves) records.push_back({Table::leaves, key, value});
  records.push_back(
      {Table::roots, sequence_key(snapshot.sequence), Bytes(snapshot.root.bytes.begin(), snapshot.root.bytes.end())});
  records.push_back({Table::meta, kCheckpointKey, Writer().u64(snapshot.sequence.value).take()});
  if (!snapshot.slot.empty()) records.push_back({Table::archive, sequence_key(snapshot.sequence), snapshot.slot});
  with_next_transaction_.clear();  // of a checkpoint before the snapshot's
  if (!persist(records)) return std::nullopt;

  application_.clear();
  for (const auto& [key, value] : snapshot.leaves) {
    if (application_.load(key, value)) continue;
    failure_ = StoreError{parts_.store.where() + ": leaf " + to_hex(key) + " of the snapshot at slot " +
                          std::to_string(snapshot.sequence.value) + " does not decode"};
    return std::nullopt;
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

// The engine's journal: what it must remember to never contradict what it sent.
//
// Keys of Table::journal (sequence numbers big-endian), and values:
//   'V'                     view u64, changing u8, own view-change (statement, body blob; absent: no bytes), new-view
//                           likewise
//   'S'                     the stable checkpoint's certificate
//   'k' sequence            own checkpoint's statement
//   's' sequence 'a'        accepted pre-prepare, then own prepare's statement if one was sent
//   's' sequence 'b' digest a batch body (canonical)
//   's' sequence 'c'        prepared certificate, then own commit's statement
// What belongs to one slot lies together, so that a transaction touches few pages.
#include <algorithm>

#include "pbft/engine.hpp"
#include "pbft/limits.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

namespace {

Bytes slot_key(SequenceNumber n, char kind) {
  return Writer().u8('s').ordered_u64(n.value).u8(static_cast<std::uint8_t>(kind)).take();
}

Bytes body_key(SequenceNumber n, const Digest& digest) {
  return Writer().u8('s').ordered_u64(n.value).u8('b').fixed(digest).take();
}

Bytes checkpoint_key(SequenceNumber n) { return Writer().u8('k').ordered_u64(n.value).take(); }

// What a record is, and of which slot; kind 0 for a key that is none of the above.
struct JournalKey {
  char kind;
  SequenceNumber sequence;
};
JournalKey read_key(ByteView key) {
  Reader in(key);
  const char first = static_cast<char>(in.u8());
  if (first == 'V' || first == 'S') return {first, SequenceNumber(0)};
  const SequenceNumber n(in.ordered_u64());
  const char kind = first == 's' ? static_cast<char>(in.u8()) : first;
  const bool known = first == 's' ? kind == 'a' || kind == 'b' || kind == 'c' : first == 'k';
  return {known && !in.failed() ? kind : '\0', n};
}

template <class M>
void encode_optional(Writer& out, const std::shared_ptr<const M>& message) {
  out.u8(message != nullptr ? 1 : 0);
  if (message == nullptr) return;
  encode(out, message->header);
  out.blob(message->encoded_body);
}

template <class M, class Decode>
std::shared_ptr<const M> decode_optional(Reader& in, Decode decode_body) {
  if (in.u8() == 0) return nullptr;
  const SignedStatement header = decode_signed_statement(in);
  const ByteView encoded = in.blob(kMaxProofBodyBytes);
  if (in.failed()) return nullptr;
  auto body = decode_body(encoded);
  if (!body) {
    in.fail();
    return nullptr;
  }
  return std::make_shared<M>(header, std::move(*body), Bytes(encoded.begin(), encoded.end()));
}

}  // namespace

void PbftEngine::journal_view() {
  Writer out;
  out.u64(view_.value).u8(view_changing_ ? 1 : 0);
  const auto own = view_changes_.find(config_.self);
  encode_optional(out, own == view_changes_.end() ? ViewChangePtr{} : own->second);
  encode_optional(out, new_view_);
  put(Table::journal, to_bytes("V"), out.take());
}

// The new-view that was entered, for audits after more than f lied: it holds what a quorum said on leaving the views
// before. In a ring by view number, so that a bound holds without knowing what is kept.
void PbftEngine::keep_transcript() {
  put(Table::transcripts, Writer().ordered_u64(view_.value % kTranscriptsKept).take(), encode_transcript(*new_view_));
}

void PbftEngine::journal_body(Slot& slot, SequenceNumber n, const BatchPtr& batch) {
  if (batch == nullptr || std::ranges::find(slot.bodies, batch->digest, &Batch::digest) != slot.bodies.end()) return;
  slot.bodies.push_back(batch);
  put(Table::journal, body_key(n, batch->digest), batch->encoded);
  const auto unused = [&](const BatchPtr& body) { return !slot.refers_to(body->digest); };
  if (static_cast<std::size_t>(std::ranges::count_if(slot.bodies, unused)) <= kMaxBodiesPerSlot) return;
  const auto oldest = std::ranges::find_if(slot.bodies, unused);
  erase(Table::journal, body_key(n, (*oldest)->digest));
  slot.bodies.erase(oldest);
}

void PbftEngine::journal_proposal(Slot& slot) {
  Writer out;
  encode(out, *slot.pre_prepare);
  out.u8(slot.own_prepare != nullptr ? 1 : 0);
  if (slot.own_prepare != nullptr) encode(out, slot.own_prepare->header);
  put(Table::journal, slot_key(slot.pre_prepare->statement.sequence, 'a'), out.take());
}

void PbftEngine::journal_prepared(Slot& slot) {
  Writer out;
  encode(out, *slot.prepared);
  encode(out, slot.own_commit->header);
  put(Table::journal, slot_key(slot.prepared->sequence(), 'c'), out.take());
}

void PbftEngine::journal_own_checkpoint(const SignedStatement& vote) {
  Writer out;
  encode(out, vote);
  put(Table::journal, checkpoint_key(vote.statement.sequence), out.take());
}

void PbftEngine::journal_stable() {
  Writer out;
  encode(out, *stable_certificate_);
  put(Table::journal, to_bytes("S"), out.take());
}

// Garbage collection: everything of slots at or below the stable checkpoint.
void PbftEngine::forget_journal(SequenceNumber up_to) {
  archive_is_due_ = true;  // in the same transaction: what is decided must not be in neither
  for (const auto& [n, slot] : log_) {
    if (n > up_to) break;
    erase(Table::journal, slot_key(n, 'a'));
    erase(Table::journal, slot_key(n, 'c'));
    for (const BatchPtr& body : slot.bodies) erase(Table::journal, body_key(n, body->digest));
  }
}

Record PbftEngine::forgotten_checkpoint(SequenceNumber n) { return {Table::journal, checkpoint_key(n), std::nullopt}; }

void PbftEngine::forget_own_checkpoint(SequenceNumber n) { ready_.persist.push_back(forgotten_checkpoint(n)); }

std::optional<std::string> PbftEngine::recover(const Recovered& recovered) {
  delivered_ = executed_ = recovered.delivered;
  // The view first: what a slot holds is of the current view, or not. Unknown keys last: they are damage.
  for (const char kind : {'V', 'S', 'a', 'b', 'c', 'k', '\0'}) {
    for (const auto& [key, value] : recovered.journal) {
      if (read_key(key).kind != kind) continue;
      if (mutant(Mutant::forget_view) && (kind == 'V' || kind == 'c')) continue;
      if (mutant(Mutant::forget_votes) && kind == 'a') continue;
      if (auto damage = recover_record(key, value)) return damage;
    }
  }
  for (const Bytes& bytes : recovered.evidence) {
    const std::optional<Evidence> evidence = decode_evidence(bytes);
    if (!evidence) {  // useless, and no reason to stay away
      reject(RejectReason::bad_evidence, "evidence", std::nullopt);
      continue;
    }
    evidence_[evidence->accused()].insert(evidence_key(*evidence));
  }
  for (auto& [n, slot] : log_) {
    if (slot.prepared && slot.prepared_batch == nullptr && slot.prepared->digest() != kNullDigest) {
      return "the body of prepared slot " + std::to_string(n.value) + " is missing from the journal";
    }
  }
  // A state that was found wrong before the restart is wrong after it.
  const auto own = own_checkpoints_.find(stable_);
  if (own != own_checkpoints_.end() && stable_certificate_ &&
      own->second.statement.digest != stable_certificate_->statement.digest) {
    quarantine("its state at checkpoint " + std::to_string(stable_.value) + " differs from the certified one", stable_);
  }
  next_sequence_ = std::max(stable_, delivered_).next();
  for (const auto& [n, slot] : log_) {
    if (slot.pre_prepare) next_sequence_ = std::max(next_sequence_, n.next());
  }
  // Proposals of the O set without a body yet were not journalled: adopt them again.
  if (new_view_ != nullptr) {
    next_sequence_ = std::max(next_sequence_, plan_new_view(new_view_->body.view_changes).max_s().next());
    for (const SignedStatement& pre_prepare : new_view_->body.pre_prepares) {
      const SequenceNumber n = pre_prepare.statement.sequence;
      if (in_window(n) && !log_[n].pre_prepare) adopt_proposal(pre_prepare);
    }
  }
  renew_view_change();
  return std::nullopt;
}

std::optional<std::string> PbftEngine::recover_record(ByteView key, ByteView value) {
  Reader in(value);
  const auto [kind, n] = read_key(key);
  if (kind == 'V') {
    view_ = ViewNumber(in.u64());
    view_changing_ = in.u8() != 0;
    if (const ViewChangePtr own = decode_optional<ViewChange>(in, decode_view_change_body)) {
      view_changes_[config_.self] = own;
    }
    new_view_ = decode_optional<NewView>(in, decode_new_view_body);
  } else if (kind == 'S') {
    stable_certificate_ = decode_certificate(in);
    stable_ = stable_certificate_->statement.sequence;
  } else if (kind == 'a') {
    const SignedStatement pre_prepare = decode_signed_statement(in);
    std::optional<SignedStatement> own;
    if (in.u8() != 0) own = decode_signed_statement(in);
    if (!in.failed() && n > stable_ && pre_prepare.statement.view == view_ && !view_changing_) {
      Slot& slot = log_[n];
      slot.pre_prepare = slot.claimed = pre_prepare;
      if (own) {
        slot.own_prepare = std::make_shared<Prepare>(*own, pre_prepare.statement.signer, pre_prepare.signature);
        slot.prepares[config_.self] = *own;
      }
    }
  } else if (kind == 'b') {
    const BatchPtr batch = decode_batch(in.raw(in.remaining()));
    if (batch == nullptr) in.fail();
    if (batch != nullptr && n > stable_) {
      Slot& slot = log_[n];
      slot.bodies.push_back(batch);
      if (slot.pre_prepare && slot.pre_prepare->statement.digest == batch->digest) slot.batch = batch;
    }
  } else if (kind == 'c') {
    const PreparedCertificate prepared = decode_prepared_certificate(in);
    const SignedStatement own = decode_signed_statement(in);
    if (!in.failed() && n > stable_) {
      Slot& slot = log_[n];
      slot.prepared = prepared;
      slot.commits[config_.self] = own;
      if (own.statement.view == view_ && !view_changing_) slot.own_commit = std::make_shared<Commit>(own);
      slot.prepared_batch = slot.find_body(prepared.digest());
    }
  } else if (kind == 'k') {
    own_checkpoints_[n] = decode_signed_statement(in);
    if (n > stable_ && is_mine(own_checkpoints_[n])) checkpoint_votes_[n][config_.self] = own_checkpoints_[n];
  } else {
    in.fail();
  }
  if (!in.finished()) return "the journal's record '" + to_hex(key) + "' does not decode";
  return std::nullopt;
}

}  // namespace breakwater::pbft

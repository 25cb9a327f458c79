#include "adversary/mutator.hpp"

#include <algorithm>

#include "crypto/batch.hpp"
#include "crypto/digest.hpp"

namespace breakwater::adversary {

void Mutator::see(const Message& message) {
  if (const auto* m = dynamic_cast<const pbft::StatementMessage*>(&message)) {
    views_.add(m->view().value);
    sequences_.add(m->sequence().value);
    digests_.add(m->digest());
    statements_.add(m->header);
  }
  if (const auto* proposal = dynamic_cast<const pbft::PrePrepare*>(&message)) {
    proposals_.add(proposal->header);
    see_batch(proposal->batch);
  } else if (const auto* vote = dynamic_cast<const pbft::Prepare*>(&message)) {
    proposals_.add(vote->answered());
  } else if (const auto* body = dynamic_cast<const pbft::BatchBody*>(&message)) {
    see_batch(body->batch);
  } else if (const auto* asked = dynamic_cast<const pbft::ViewChange*>(&message)) {
    view_changes_.add(std::make_shared<pbft::ViewChange>(*asked));
    for (const pbft::PreparedCertificate& certificate : asked->body.prepared) prepared_.add(certificate);
  }
}

Digest Mutator::other_digest(Scope scope) {
  const Digest* seen = digests_.any(random_);
  if (scope == Scope::small && seen != nullptr) return *seen;
  return random_.percent(20) ? kNullDigest : random_digest(random_);
}

Statement Mutator::moved(Statement statement, Scope scope) {
  switch (random_.below(3)) {
    case 0: statement.view.value = moved(statement.view.value, views_, scope); break;
    case 1: statement.sequence.value = moved(statement.sequence.value, sequences_, scope); break;
    default: statement.digest = other_digest(scope); break;
  }
  return statement;
}

// Another's statement keeps the signature that it had.
SignedStatement Mutator::signed_again(const SignedStatement& original, const Statement& changed) {
  if (changed.signer != config_.signatory(config_.self)) return {changed, original.signature};
  return pen_.sign(changed.kind, changed.view, changed.sequence, changed.digest);
}

void Mutator::move_certificate(Certificate& certificate, Scope scope) {
  if (random_.percent(50)) {
    certificate.statement = moved(certificate.statement, scope);
  } else {
    rearrange(certificate.entries, random_);
  }
}

MessagePtr Mutator::mutated_proposal(const pbft::PrePrepare& m, Scope scope) {
  Statement changed = m.header.statement;
  BatchPtr batch = m.batch;
  switch (random_.below(4)) {
    case 0: changed = moved(changed, scope); break;
    case 1:  // a null request, outside any new-view
      batch = nullptr;
      changed.digest = kNullDigest;
      break;
    default:
      batch = other_batch(batch, scope);
      if (batch != nullptr) changed.digest = batch->digest;
      break;
  }
  return std::make_shared<pbft::PrePrepare>(signed_again(m.header, changed), std::move(batch));
}

// Also a sound vote, for another proposal that it saw.
MessagePtr Mutator::mutated_prepare(const pbft::Prepare& m, Scope scope) {
  Statement changed = m.header.statement;
  SignedStatement answered = m.answered();
  if (const SignedStatement* seen = proposals_.any(random_); seen != nullptr && random_.percent(50)) {
    answered = *seen;
    changed = seen->statement;
    changed.kind = StatementKind::prepare;
    changed.signer = m.header.statement.signer;
  } else {
    changed = moved(changed, scope);
  }
  return std::make_shared<pbft::Prepare>(signed_again(m.header, changed), answered.statement.signer,
                                         answered.signature);
}

MessagePtr Mutator::mutated_view_change(const pbft::ViewChange& m, Scope scope) {
  pbft::ViewChange::Body body = m.body;
  Statement changed = m.header.statement;
  const pbft::PreparedCertificate* seen = prepared_.any(random_);
  switch (random_.below(5)) {
    case 0: changed = moved(changed, scope); break;
    case 1: rearrange(body.prepared, random_); break;
    case 2:
      if (seen != nullptr) body.prepared.push_back(*seen);
      break;
    case 3:
      if (body.stable_checkpoint) move_certificate(*body.stable_checkpoint, scope);
      break;
    default:
      if (!body.prepared.empty()) move_certificate(body.prepared.back().prepares, scope);
      break;
  }
  Bytes encoded = encode_body(body);
  if (changed.digest == m.digest()) changed.digest = pbft::view_change_body_digest(encoded);
  return std::make_shared<pbft::ViewChange>(signed_again(m.header, changed), std::move(body), std::move(encoded));
}

MessagePtr Mutator::mutated_new_view(const pbft::NewView& m, Scope scope) {
  pbft::NewView::Body body = m.body;
  Statement changed = m.header.statement;
  const pbft::ViewChangePtr* seen = view_changes_.any(random_);
  switch (random_.below(5)) {
    case 0: changed = moved(changed, scope); break;
    case 1: rearrange(body.view_changes, random_); break;
    case 2:
      if (seen != nullptr && !body.view_changes.empty()) body.view_changes.back() = *seen;
      break;
    case 3: rearrange(body.pre_prepares, random_); break;
    default:
      if (!body.pre_prepares.empty()) {
        SignedStatement& proposal = body.pre_prepares[random_.below(body.pre_prepares.size())];
        proposal = signed_again(proposal, moved(proposal.statement, scope));
      }
      break;
  }
  Bytes encoded = encode_body(body);
  if (changed.digest == m.digest()) changed.digest = pbft::new_view_body_digest(encoded);
  return std::make_shared<pbft::NewView>(signed_again(m.header, changed), std::move(body), std::move(encoded));
}

MessagePtr Mutator::mutated_status(const pbft::Status& m, Scope scope) {
  auto changed = std::make_shared<pbft::Status>(m);
  constexpr std::uint8_t kBits = pbft::Status::kHasPrePrepare | pbft::Status::kPrepared | pbft::Status::kDecided;
  switch (random_.below(7)) {
    case 0: changed->view.value = moved(m.view.value, views_, scope); break;
    case 1: changed->view_changing = !m.view_changing; break;
    case 2: changed->stable_checkpoint.value = moved(m.stable_checkpoint.value, sequences_, scope); break;
    case 3: changed->decided.value = moved(m.decided.value, sequences_, scope); break;
    case 4:
      rearrange(changed->slots, random_);
      for (pbft::Status::Slot& slot : changed->slots) slot.has ^= static_cast<std::uint8_t>(random_.next() & kBits);
      break;
    case 5: rearrange(changed->view_changes, random_); break;
    default: changed->wanted_batches.push_back(other_digest(scope)); break;
  }
  changed->slots.resize(std::min(changed->slots.size(), pbft::kMaxSlotsInStatus));
  changed->wanted_batches.resize(std::min(changed->wanted_batches.size(), pbft::kMaxWantedBatches));
  return changed;
}

MessagePtr Mutator::mutated_request(const pbft::RelayedRequest& m, Scope scope) {
  const RequestPtr* seen = requests_.any(random_);
  if (scope == Scope::small && seen != nullptr) return std::make_shared<pbft::RelayedRequest>(m.from, *seen);
  Request changed = *m.request;
  if (random_.percent(50)) {
    changed.number.value = random_.next();
  } else {
    changed.signature.bytes[random_.below(Signature::kSize)] ^= 1;
  }
  return std::make_shared<pbft::RelayedRequest>(m.from, std::make_shared<const Request>(std::move(changed)));
}

MessagePtr Mutator::mutated_proof(const pbft::Proof& m, Scope scope) {
  SignedStatement first = m.first, second = m.second;
  const SignedStatement* seen = statements_.any(random_);
  switch (random_.below(3)) {
    case 0: std::swap(first, second); break;
    case 1: second = signed_again(second, moved(second.statement, scope)); break;
    default:
      if (seen != nullptr) first = *seen;
      break;
  }
  return std::make_shared<pbft::Proof>(m.from, first, second, m.body);
}

MessagePtr Mutator::mutated(const MessagePtr& message, Scope scope) {
  const auto* m = dynamic_cast<const pbft::PbftMessage*>(message.get());
  if (m == nullptr) return message;
  using pbft::MessageKind;
  switch (m->kind()) {
    case MessageKind::pre_prepare: return mutated_proposal(static_cast<const pbft::PrePrepare&>(*m), scope);
    case MessageKind::prepare: return mutated_prepare(static_cast<const pbft::Prepare&>(*m), scope);
    case MessageKind::commit: {
      const SignedStatement& header = static_cast<const pbft::Commit&>(*m).header;
      return std::make_shared<pbft::Commit>(signed_again(header, moved(header.statement, scope)));
    }
    case MessageKind::checkpoint: {
      const SignedStatement& header = static_cast<const pbft::Checkpoint&>(*m).header;
      return std::make_shared<pbft::Checkpoint>(signed_again(header, moved(header.statement, scope)));
    }
    case MessageKind::view_change: return mutated_view_change(static_cast<const pbft::ViewChange&>(*m), scope);
    case MessageKind::new_view: return mutated_new_view(static_cast<const pbft::NewView&>(*m), scope);
    case MessageKind::status: return mutated_status(static_cast<const pbft::Status&>(*m), scope);
    case MessageKind::relayed_request: return mutated_request(static_cast<const pbft::RelayedRequest&>(*m), scope);
    case MessageKind::batch_body: {
      const auto& body = static_cast<const pbft::BatchBody&>(*m);
      return std::make_shared<pbft::BatchBody>(body.from, other_batch(body.batch, scope));
    }
    case MessageKind::decided_slot: return mutated_slot(static_cast<const pbft::DecidedSlot&>(*m), random_);
    case MessageKind::proof: return mutated_proof(static_cast<const pbft::Proof&>(*m), scope);
  }
  return message;
}

MessagePtr mutated_slot(const pbft::DecidedSlot& slot, Random& random) {
  Certificate commits = slot.commits;
  BatchPtr batch = slot.batch;
  switch (random.below(5)) {
    case 0: ++commits.statement.sequence.value; break;
    case 1: ++commits.statement.view.value; break;
    case 2: rearrange(commits.entries, random); break;
    case 3:
      if (!commits.entries.empty()) commits.entries.front().signature.bytes[random.below(Signature::kSize)] ^= 1;
      break;
    default:
      if (batch != nullptr) batch = make_batch(batch->time.next(), batch->requests);
      if (batch != nullptr && random.percent(50)) commits.statement.digest = batch->digest;
      break;
  }
  return std::make_shared<pbft::DecidedSlot>(slot.from, std::move(commits), std::move(batch));
}

}  // namespace breakwater::adversary

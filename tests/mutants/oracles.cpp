// What Stage checks besides the oracles of sim/: each from first principles, not with the engine's own rules.
#include <algorithm>

#include "store/layout.hpp"
#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

std::string Stage::violation() {
  for (const std::string& problem :
       {cluster.violation(), decisions(), suspicions(), contradictions(), journals(), answers()}) {
    if (!problem.empty()) return problem;
  }
  return {};
}

// Certificate soundness and validity: a slot is decided by ceil((n+f+1)/2) replicas, and holds what clients signed.
std::string Stage::decisions() {
  const std::size_t f = (replicas_ - 1) / 3;
  const std::size_t quorum = (replicas_ + f + 2) / 2;
  std::string problem;
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (!is_correct(id)) continue;
    (void)cluster.disk(id).scan(Table::archive, {}, [&](ByteView key, ByteView sealed) {
      const auto slot = decode_archived(unseal_value(Table::archive, key, sealed).value()).value();
      const std::string where =
          "replica " + std::to_string(id) + ", slot " + std::to_string(slot.commits.statement.sequence.value);
      std::set<ReplicaId> signers;
      for (const auto& entry : slot.commits.entries) signers.insert(entry.signer);
      for (const auto& entry : slot.commits.entries) {
        if (cluster.roster().incarnations()->at(entry.signer, slot.commits.statement.sequence) == entry.incarnation)
          continue;
        problem = "certificate soundness: " + where + " counts an incarnation that does not vote there";
      }
      if (signers.size() < quorum) problem = "certificate soundness: " + where + " is decided by too few";
      log_.emplace(slot.commits.statement.sequence, slot.batch);
      if (slot.batch == nullptr) return true;
      for (const RequestPtr& request : slot.batch->requests) {
        if (!cluster.crypto().holds({request_statement(cluster.config(id).cluster, *request), request->signature})) {
          problem = "validity: " + where + " holds a request that its client never signed";
        }
      }
      return problem.empty();
    });
  }
  return problem;
}

// Whoever a correct replica accuses has lied.
std::string Stage::suspicions() {
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (!is_correct(id) || !cluster.is_up(id)) continue;
    for (const ReplicaId suspect : cluster.status(id).suspects) {
      if (is_correct(suspect.value)) {
        return "accusation of the innocent: replica " + std::to_string(id) + " suspects " +
               std::to_string(suspect.value);
      }
    }
  }
  return {};
}

// No correct replica signs two statements that contradict each other, whatever it forgot in between.
std::string Stage::contradictions() const {
  for (std::size_t i = 0; i < said_.size(); ++i) {
    if (!is_correct(said_[i]->sender().value)) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (said_[i]->sender() != said_[j]->sender()) continue;
      const auto* leaving = dynamic_cast<const ViewChange*>(said_[i].get());
      const auto* left = dynamic_cast<const ViewChange*>(said_[j].get());
      const ByteView body = leaving != nullptr ? leaving->encoded_body
                            : left != nullptr  ? left->encoded_body
                                               : ByteView{};
      if (const auto found = contradiction(said_[i]->header, said_[j]->header, body)) {
        return "contradictory statements: replica " + std::to_string(found->accused().value) + " signed " +
               std::string(name_of(found->kind));
      }
    }
  }
  return {};
}

// Bounded memory: of slots, the journal holds those of the log window. And the window starts at what a quorum
// certified.
std::string Stage::journals() {
  const std::size_t f = (replicas_ - 1) / 3;
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (!is_correct(id)) continue;
    const std::string who = "replica " + std::to_string(id);
    std::uint64_t stable = 0, highest = 0;
    std::string problem;
    (void)cluster.disk(id).scan(Table::journal, {}, [&](ByteView key, ByteView sealed) {
      Reader in(*unseal_value(Table::journal, key, sealed));
      if (key[0] == 'S') {
        const Certificate certificate = decode_certificate(in);
        stable = certificate.statement.sequence.value;
        if (certificate.entries.size() < (replicas_ + f + 2) / 2) {
          problem = "certificate soundness: " + who + " takes checkpoint " + std::to_string(stable) +
                    " as stable, signed by too few";
        }
      }
      if (key[0] == 's') highest = std::max(highest, Reader(key.subspan(1)).ordered_u64());
      return true;
    });
    if (!problem.empty()) return problem;
    if (highest > stable + log_window_) {
      return "bounded memory: " + who + " keeps slot " + std::to_string(highest) + " beyond its log window";
    }
  }
  return {};
}

// Exactly once, and clients believe the truth: what each was told is what a model says that applies the decided slots
// in order, each (client, number) the first time only.
std::string Stage::answers() const {
  booking::BookingMachine model;
  std::map<std::pair<ClientId, RequestNumber>, std::pair<SequenceNumber, booking::Result>> expected;
  AgreedTime now;
  SequenceNumber next(1);
  for (const auto& [n, batch] : log_) {
    if (n != next) break;  // archived later than what follows it
    next = n.next();
    if (batch == nullptr) continue;
    now = std::max(now, batch->time);
    for (const RequestPtr& request : batch->requests) {
      if (expected.contains({request->client, request->number})) continue;
      const ClientRole role = request->client == ClientId(0) ? ClientRole::operator_role : ClientRole::desk;
      if (is_group_command(decode_commands(request->body)->front())) continue;
      const Bytes result = model.apply(decode_commands(request->body)->front(), {request->client, role, now});
      expected[{request->client, request->number}] = {n, *booking::decode_result(result)};
    }
  }
  for (std::size_t i = 0; i < cluster.calls(); ++i) {
    const Cluster::Call& call = cluster.call(i);
    const auto entry = expected.find({call.client, call.number});
    if (call.sequence.value == 0 || entry == expected.end()) continue;  // not answered, or not archived yet
    if (call.sequence != entry->second.first || call.result != entry->second.second) {
      return "exactly once: client " + std::to_string(call.client.value) + " was told something else than slot " +
             std::to_string(entry->second.first.value) + " says";
    }
  }
  return {};
}

}  // namespace breakwater::testing

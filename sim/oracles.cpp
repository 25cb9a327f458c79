#include "sim/oracles.hpp"

#include <algorithm>

namespace breakwater::sim {

namespace {

Digest digest_of(const std::vector<Application::Answer>& answers) {
  Writer out;
  for (const Application::Answer& a : answers) {
    out.u32(a.request->client.value).u64(a.request->number.value).u8(static_cast<std::uint8_t>(a.verdict));
    for (const Bytes& result : a.results) out.blob(result);
  }
  return hash("outcomes", out.bytes());
}

}  // namespace

void Oracles::violated(std::string property, std::string detail) {
  violated_.insert(property);
  if (!violation_) violation_ = Violation{std::move(property), std::move(detail)};
}

SequenceNumber Oracles::executed_by(ReplicaId id) const {
  const auto last = executed_.find(id);
  return last == executed_.end() ? SequenceNumber(0) : last->second;
}

bool Oracles::is_executed(SequenceNumber sequence) const {
  return std::ranges::any_of(executed_, [&](const auto& entry) { return entry.second >= sequence; });
}

void Oracles::started(ReplicaId id, SequenceNumber executed) { executed_[id] = executed; }

// Of its state nothing is left; the group's own properties go on.
void Oracles::began_anew(ReplicaId id, Incarnation) { views_.erase(id); }

void Oracles::installed(ReplicaId id, SequenceNumber sequence) {
  if (sequence <= executed_[id]) violated("integrity", text_of(id) + " went back to " + text_of(sequence));
  executed_[id] = sequence;
}

void Oracles::agree(ReplicaId id, SequenceNumber sequence, const Digest& digest) {
  const auto [held, is_new] = decided_.try_emplace(sequence, digest);
  if (!is_new && held->second != digest) {
    violated("agreement", text_of(id) + " decided another batch than others in " + text_of(sequence));
  }
}

void Oracles::executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  SequenceNumber& last = executed_[id];
  if (slot.sequence != last.next()) {
    violated("integrity", text_of(id) + " executed " + text_of(slot.sequence) + " after " + text_of(last));
  }
  last = slot.sequence;
  note_execution(id, slot, answers);
}

// Its transaction was whole although the process died of it: clients may be answered from it.
void Oracles::replayed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  note_execution(id, slot, answers);
}

void Oracles::note_execution(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  agree(id, slot.sequence, slot.batch == nullptr ? kNullDigest : slot.batch->digest);
  const auto [held, is_first] = results_.try_emplace(slot.sequence, digest_of(answers));
  if (is_first) {
    note_first_execution(slot, answers);
  } else if (held->second != digest_of(answers)) {
    violated("agreement", text_of(id) + " has other results than others in " + text_of(slot.sequence));
  }
}

// Validity: only what a client signed. Exactly once, each number. No suite to two bookings. Nothing written by who lost
// the lease, or in an epoch that is over.
void Oracles::note_first_execution(const Committed& slot, const std::vector<Application::Answer>& answers) {
  if (slot.batch != nullptr && slot.batch->time > now_) now_ = slot.batch->time;
  occupancy_.at_time(now_);
  fencing_.at_time(now_);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Application::Answer& a = answers[i];
    const ClientKey key{a.request->client, a.request->number};
    const std::string what =
        "client " + std::to_string(key.first.value) + "'s request " + std::to_string(key.second.value);
    if (!submitted_.contains({key, a.request->digest})) {
      violated("validity", what + " in " + text_of(slot.sequence) + " was signed by nobody");
    }
    if (a.verdict != SessionVerdict::fresh) continue;
    const auto [held, is_new] = once_.try_emplace(key, Executed{{slot.sequence, i}, a.results});
    if (!is_new) violated("exactly-once", what + " executed in " + text_of(held->second.place.sequence) + " and again");
    const auto commands = decode_commands(a.request->body);
    for (std::size_t c = 0; commands && c < commands->size() && c < a.results.size(); ++c) {
      const auto command = booking::decode_command((*commands)[c]);
      const auto result = booking::decode_result(a.results[c]);
      if (!command || !result) continue;
      if (const auto twice = occupancy_.note(*command, *result)) {
        violated("no-double-sale", "suite " + twice->suite.suite + " in " + text_of(slot.sequence));
      }
      if (const auto stale = fencing_.note(*command, *result)) {
        violated("no-deposed-writer", *stale + ", in " + text_of(slot.sequence));
      }
    }
  }
}

void Oracles::ticked(ReplicaId id, const Replica& replica) {
  const EngineStatus status = replica.status();
  if (!replica.is_paused()) {  // else what it knows is not on disk, and nobody was told of it
    if (status.view < views_[id])
      violated("views-grow", text_of(id) + " went back to view " + std::to_string(status.view.value));
    views_[id] = status.view;
  }
  if (status.quarantined) violated("checkpoint-digests", text_of(id) + " is quarantined: " + status.waiting_for);
  for (const Held& held : replica.held()) {
    if (held.count <= held.bound) continue;
    violated("bounded-memory", text_of(id) + " holds " + std::to_string(held.count) + " " + std::string(held.what));
  }
}

void Oracles::submitted(const Request& request) {
  submitted_.insert({{request.client, request.number}, request.digest});
}

void Oracles::has_read(ReplicaId, SequenceNumber sequence, const Request& request, const std::vector<Bytes>& results) {
  if (results.size() == 1) reads_[{request.client, request.number}].emplace(sequence, results[0]);
}

// Linearizability, with the log as its witness: an answer is what the log's order makes it, and who asked after another
// answer was given stands behind it.
void Oracles::answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) {
  note_answer(judge_answer(request, sequence, result, asked_after));
}

void Oracles::note_answer(const Place& place) {
  latest_answered_.push_back(latest_answered_.empty() ? place : std::max(place, latest_answered_.back()));
}

Oracles::Place Oracles::judge_answer(const Request& request, SequenceNumber sequence, ByteView result,
                                     std::size_t asked_after) {
  const std::string what =
      "client " + std::to_string(request.client.value) + "'s request " + std::to_string(request.number.value);
  const auto executed = once_.find({request.client, request.number});
  const auto read = reads_.find({request.client, request.number});
  const bool is_read = read != reads_.end() && read->second.contains({sequence, Bytes(result.begin(), result.end())});
  // A read stands behind everything of the slots that it saw.
  Place place{sequence, is_read ? SIZE_MAX : 0};
  if (!is_read && (executed == once_.end() || executed->second.place.sequence != sequence ||
                   executed->second.results.size() != 1 || !std::ranges::equal(executed->second.results[0], result))) {
    violated("linearizability", what + " was answered what no correct replica executed");
  } else {
    if (!is_read) place = executed->second.place;
    if (asked_after > 0 && place < latest_answered_[asked_after - 1]) {
      violated("linearizability", what + " was asked after an answer, and stands before it in " + text_of(sequence));
    }
  }
  return place;
}

}  // namespace breakwater::sim

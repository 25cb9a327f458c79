// What must hold whatever the liars do, judged from stores and from what was seen on the network.
#include <algorithm>

#include "tests/hazards/stage.hpp"

namespace breakwater::hazards {

using namespace pbft;

std::vector<ArchivedSlot> Stage::archive(std::uint32_t id) {
  std::vector<ArchivedSlot> slots;
  if (!is_up(id)) return slots;
  (void)store(id).scan(Table::archive, {}, [&](ByteView, ByteView value) {
    slots.push_back(decode_archived(value).value());
    return true;
  });
  return slots;
}

bool Stage::has_executed(std::uint32_t id, ClientId client, std::uint64_t number) {
  return std::ranges::any_of(archive(id), [&](const ArchivedSlot& slot) {
    return slot.batch != nullptr && std::ranges::any_of(slot.batch->requests, [&](const RequestPtr& request) {
             return request->client == client && request->number == RequestNumber(number);
           });
  });
}

Ids Stage::correct() const {
  Ids ids;
  for (std::uint32_t id = 0; id < replicas_; ++id) {
    if (!is_byzantine(id)) ids.insert(id);
  }
  return ids;
}

std::uint64_t Stage::highest_view() const {
  std::uint64_t view = 0;
  for (const std::uint32_t id : correct()) {
    if (is_up(id)) view = std::max(view, status(id).view.value);
  }
  return view;
}

Ids Stage::accused_by(std::uint32_t id) const {
  Ids ids;
  for (const Conviction& conviction : convictions(id)) ids.insert(conviction.accused.value);
  return ids;
}

Ids Stage::accused() const {
  Ids ids;
  for (const std::uint32_t id : correct()) {
    if (is_up(id)) ids.merge(accused_by(id));
  }
  return ids;
}

bool Stage::everybody_accuses(std::uint32_t liar, const std::string& kind) const {
  return std::ranges::all_of(correct(), [&](std::uint32_t id) {
    return !is_up(id) || std::ranges::any_of(convictions(id), [&](const Conviction& conviction) {
      return conviction.accused == ReplicaId(liar) && conviction.kind == kind;
    });
  });
}

std::uint64_t Stage::rejected_anywhere(RejectReason reason) {
  std::uint64_t count = 0;
  for (const std::uint32_t id : correct()) count += is_up(id) ? rejected(id, reason) : 0;
  return count;
}

Bytes Stage::apply(booking::BookingMachine& machine, const Request& request, AgreedTime now) const {
  const auto commands = decode_commands(request.body);
  return machine.apply(commands.value().at(0), {request.client, roster().client(request.client)->role, now});
}

// Each replica's own slots are applied to a machine of its own; a suite may belong to one booking only, whoever tells.
std::string Stage::double_sale() {
  std::map<std::pair<std::string, std::string>, std::set<booking::BookingNumber>> buyers;
  for (const std::uint32_t id : correct()) {
    booking::BookingMachine machine;
    AgreedTime now(0);
    std::set<std::pair<ClientId, RequestNumber>> applied;  // a replayed request executes once
    for (const ArchivedSlot& slot : archive(id)) {
      if (slot.batch == nullptr) continue;
      for (const RequestPtr& request : slot.batch->requests) {
        if (!applied.emplace(request->client, request->number).second) continue;
        now = std::max(now, slot.batch->time);
        apply(machine, *request, now);
      }
    }
    for (const auto& taken : machine.occupied()) buyers[{taken.voyage, taken.suite}].insert(taken.booking);
  }
  for (const auto& [suite, bookings] : buyers) {
    if (bookings.size() > 1) return "suite " + suite.second + " was sold " + std::to_string(bookings.size()) + " times";
  }
  return {};
}

std::string Stage::forged_execution() {
  for (const std::uint32_t id : correct()) {
    for (const ArchivedSlot& slot : archive(id)) {
      if (slot.batch == nullptr) continue;
      for (const RequestPtr& request : slot.batch->requests) {
        if (!crypto().holds({request_statement(roster().cluster(), *request), request->signature})) {
          return "replica " + std::to_string(id) + " executed a request that its client never signed";
        }
      }
    }
  }
  return {};
}

std::string Stage::time_running_back() {
  for (const std::uint32_t id : correct()) {
    AgreedTime last(0);
    for (const ArchivedSlot& slot : archive(id)) {
      if (slot.batch == nullptr) continue;
      if (slot.batch->time < last) return "replica " + std::to_string(id) + " decided a batch from the past";
      last = slot.batch->time;
    }
  }
  return {};
}

Ids Stage::convicted_by_transcript() const {
  std::vector<SignedStatement> seen;
  std::map<Digest, Bytes> bodies;
  for (const MessagePtr& message : wire_) {
    const auto& m = dynamic_cast<const StatementMessage&>(*message);
    seen.push_back(m.header);
    if (const auto* prepare = dynamic_cast<const Prepare*>(&m)) seen.push_back(prepare->answered());
    if (const auto* view_change = dynamic_cast<const ViewChange*>(&m)) {
      bodies[m.header.statement.digest] = view_change->encoded_body;
    }
  }
  Ids convicted;
  for (const SignedStatement& a : seen) {
    for (const SignedStatement& b : seen) {
      if (a.statement.signer != b.statement.signer) continue;
      const auto body = bodies.find(b.statement.digest);
      const auto evidence = contradiction(a, b, body == bodies.end() ? ByteView() : ByteView(body->second));
      if (evidence && judge(*evidence, crypto(), config(0))) convicted.insert(evidence->accused().value);
    }
  }
  return convicted;
}

}  // namespace breakwater::hazards

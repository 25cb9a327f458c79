#include "tests/hazards/stage.hpp"

#include <algorithm>

namespace breakwater::hazards {

using namespace pbft;

namespace {

template <class... Kinds>
MessagePtr copy_as_one_of(const Message& message) {
  MessagePtr copy;
  (void)((dynamic_cast<const Kinds*>(&message) != nullptr &&
          (copy = std::make_shared<Kinds>(dynamic_cast<const Kinds&>(message)), true)) ||
         ...);
  return copy;
}

}  // namespace

sim::ClusterOptions group_of(std::uint32_t replicas, std::map<std::uint32_t, std::string> byzantine,
                             std::optional<std::uint32_t> weakened_quorum) {
  sim::ClusterOptions options;
  options.replicas = replicas;
  options.byzantine = std::move(byzantine);
  options.weakened_quorum = weakened_quorum;
  return options;
}

Stage::Stage(sim::ClusterOptions options) : Cluster(options), replicas_(options.replicas) {
  filter([this](ReplicaId from, ReplicaId to, const Message& message) {
    record(message);
    return !rule_ || rule_(from, to, message);
  });
}

void Stage::record(const Message& message) {
  const auto* m = dynamic_cast<const StatementMessage*>(&message);
  if (m == nullptr || !recorded_.insert(m->header).second) return;
  wire_.push_back(copy_of(message));
}

MessagePtr Stage::copy_of(const Message& message) {
  return copy_as_one_of<PrePrepare, Prepare, Commit, Checkpoint, ViewChange, NewView>(message);
}

void Stage::split(std::vector<std::vector<std::uint32_t>> sides) {
  rule([sides = std::move(sides)](ReplicaId from, ReplicaId to, const Message&) {
    return std::ranges::any_of(sides, [&](const auto& side) {
      return std::ranges::count(side, from.value) > 0 && std::ranges::count(side, to.value) > 0;
    });
  });
}

void Stage::cut_off(std::uint32_t replica) {
  rule(
      [replica](ReplicaId from, ReplicaId to, const Message&) { return from.value != replica && to.value != replica; });
}

void Stage::say(std::uint32_t liar, std::uint32_t to, const MessagePtr& message) {
  record(*message);
  if (liar != to) inject(ReplicaId(liar), ReplicaId(to), message);
}

void Stage::say_to_all(std::uint32_t liar, const MessagePtr& message) {
  for (std::uint32_t id = 0; id < replicas_; ++id) say(liar, id, message);
}

void Stage::open(std::uint32_t suites) {
  submit(0, booking::Open{"V", "A", suites, {}});
  answered();
}

std::size_t Stage::reserve(std::uint32_t client, booking::BookingNumber booking) {
  return submit(client, booking::Reserve{{"V", std::nullopt, "A"}, booking});
}

RequestPtr Stage::reserve_request(std::uint32_t client, std::uint64_t number, booking::BookingNumber booking) {
  return make_signed_request(client, number, booking::Reserve{{"V", std::nullopt, "A"}, booking});
}

bool Stage::answered(std::uint64_t limit_ms) {
  return run_until([this] { return all_answered(); }, limit_ms);
}

bool Stage::converges(std::uint64_t limit_ms) {
  return run_until(
      [this] {
        std::set<std::pair<std::uint64_t, Digest>> states;
        for (const std::uint32_t id : correct()) {
          if (!is_up(id)) continue;
          const EngineStatus s = status(id);
          if (s.executed != s.chosen) return false;
          states.emplace(s.executed.value, replica(id).state_digest());
        }
        return states.size() == 1;
      },
      limit_ms);
}

bool Stage::heals_and_converges() {
  reunite();
  set_loss(0, 0);
  for (const std::uint32_t id : correct()) {
    if (!is_up(id)) restart(id);
  }
  reserve(16, next_booking_++);
  return answered() && converges() && violation().empty();
}

SignedStatement Stage::sign(StatementKind kind, std::uint32_t signer_id, std::uint64_t view, std::uint64_t sequence,
                            const Digest& digest) {
  const Config& of = config(signer_id);
  const Statement s{kind,  of.cluster, of.signatory(ReplicaId(signer_id)), ViewNumber(view), SequenceNumber(sequence),
                    digest};
  return {s, signer(signer_id).sign(s)};
}

MessagePtr Stage::pre_prepare(std::uint32_t primary, std::uint64_t view, std::uint64_t sequence,
                              const BatchPtr& batch) {
  return std::make_shared<PrePrepare>(sign(StatementKind::pre_prepare, primary, view, sequence, batch->digest), batch);
}

MessagePtr Stage::prepare(std::uint32_t signer_id, std::uint64_t view, std::uint64_t sequence, const Digest& digest) {
  const std::uint32_t primary = config(signer_id).primary_of(ViewNumber(view)).value;
  const SignedStatement answered = sign(StatementKind::pre_prepare, primary, view, sequence, digest);
  return std::make_shared<Prepare>(sign(StatementKind::prepare, signer_id, view, sequence, digest),
                                   answered.statement.signer, answered.signature);
}

MessagePtr Stage::commit(std::uint32_t signer_id, std::uint64_t view, std::uint64_t sequence, const Digest& digest) {
  return std::make_shared<Commit>(sign(StatementKind::commit, signer_id, view, sequence, digest));
}

BatchPtr Stage::batch(std::vector<RequestPtr> requests) {
  return make_batch(AgreedTime(kEpochUs + now_ms() * 1000), std::move(requests));
}

}  // namespace breakwater::hazards

#include "bench/engine_group.hpp"

#include <algorithm>
#include <chrono>

#include "booking/commands.hpp"
#include "crypto/batch.hpp"
#include "replication/assert.hpp"
#include "sim/rosters.hpp"

namespace breakwater::bench {

namespace {

constexpr std::uint32_t kDesks = 1024;
constexpr int kMostTicks = 1000;

class Stopwatch {
 public:
  explicit Stopwatch(std::uint64_t& sum) : sum_(sum), from_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() {
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - from_;
    sum_ += static_cast<std::uint64_t>(took.count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::uint64_t& sum_;
  std::chrono::steady_clock::time_point from_;
};

sim::ClusterOptions options_of(sim::Engines engine, std::uint32_t replicas) {
  sim::ClusterOptions options;
  options.engine = engine;
  options.replicas = replicas;
  options.checkpoint_interval = 128;
  options.log_window = 512;
  options.max_batch_requests = 64;
  return options;
}

}  // namespace

struct EngineGroup::Member {
  ReplicaId id;
  std::unique_ptr<sim::StandInSigner> signer;
  std::unique_ptr<EngineFactory> factory;
  std::unique_ptr<Engine> engine;
  std::uint64_t requests = 0;  // executed
};

EngineGroup::EngineGroup(sim::Engines engine, std::uint32_t replicas)
    : options_(options_of(engine, replicas)),
      cluster_(hash("bench", {})),
      crypto_(cluster_),
      rosters_(sim::make_rosters(cluster_, replicas, kDesks)),
      protocol_(sim::make_protocol(options_, cluster_, crypto_, rosters_)) {
  for (std::uint32_t id = 0; id < replicas; ++id) {
    auto member = std::make_unique<Member>();
    member->id = ReplicaId(id);
    member->signer = std::make_unique<sim::StandInSigner>(crypto_, Signatory{SignerRole::replica, id, Incarnation(0)});
    member->factory = protocol_->factory(member->id, *member->signer, Incarnation(0));
    auto created = member->factory->create({});
    BW_ASSERT(created);
    member->engine = std::move(*created);
    members_.push_back(std::move(member));
  }
  // Where a leader is elected first, the first engine is the only one whose time passes.
  const auto leads = [&] {
    const std::string role = members_[0]->engine->status().role;
    return role == "leader" || role == "primary";
  };
  for (int ticks = 0; ticks < kMostTicks && !leads(); ++ticks) {
    members_[0]->engine->tick(AgreedTime(now_us_));
    run();
  }
  BW_ASSERT(leads());
  spent_ = {};
}

EngineGroup::~EngineGroup() = default;

std::vector<RequestPtr> EngineGroup::make_requests(std::uint32_t count) {
  std::vector<RequestPtr> made;
  for (std::uint32_t i = 0; i < count; ++i, ++next_request_) {
    const auto desk = static_cast<std::uint32_t>(1 + next_request_ % kDesks);
    const Bytes command = booking::encode(booking::Reserve{{"V", std::nullopt, "A"}, next_request_});
    Request request =
        make_request(ClientId(desk), RequestNumber(1 + next_request_ / kDesks), encode_commands({command}), {});
    request.signature = crypto_.sign(request_statement(cluster_, request));
    made.push_back(std::make_shared<const Request>(std::move(request)));
  }
  return made;
}

void EngineGroup::order(const std::vector<RequestPtr>& requests) {
  const std::uint64_t wanted = members_[0]->requests + requests.size();
  now_us_ += 1000;
  for (const auto& member : members_) member->engine->tick(AgreedTime(now_us_));
  for (const RequestPtr& request : requests) {
    auto verified = protocol_->authenticator(members_[0]->id).authenticate(request);
    BW_ASSERT(verified);
    const Stopwatch watch(spent_.step_ns);
    ++spent_.steps;
    members_[0]->engine->propose(std::move(*verified), false);
  }
  // Most engines tell followers what is committed with what comes next, or with the time.
  const auto done = [&] {
    return std::ranges::all_of(members_, [&](const auto& member) { return member->requests >= wanted; });
  };
  for (int ticks = 0; ticks < kMostTicks; ++ticks) {
    run();
    if (done()) return;
    now_us_ += 1000;
    members_[0]->engine->tick(AgreedTime(now_us_));
  }
  BW_ASSERT(done());
}

void EngineGroup::run() {
  for (const auto& member : members_) take(*member);
  while (!letters_.empty()) {
    const Letter letter = std::move(letters_.front());
    letters_.pop_front();
    Member& to = *members_[letter.to.value];
    if (to.engine->admit(*letter.message)) continue;
    Authenticated result = protocol_->authenticator(to.id).authenticate(letter.message, letter.from);
    BW_ASSERT(result.good);
    {
      const Stopwatch watch(spent_.step_ns);
      ++spent_.steps;
      to.engine->step(std::move(*result.good));
    }
    take(to);
  }
}

void EngineGroup::take(Member& member) {
  for (;;) {
    Ready ready;
    {
      const Stopwatch watch(spent_.ready_ns);
      ready = member.engine->take_ready();
    }
    if (ready.empty()) return;
    ++spent_.readies;
    if (!ready.persist.empty()) member.engine->persisted(ready.token);
    for (const Outbound& outbound : ready.send) {
      for (const auto& other : members_) {
        const bool is_meant = outbound.to ? *outbound.to == other->id : other->id != member.id;
        if (is_meant) letters_.push_back({member.id, other->id, outbound.message});
      }
    }
    for (const Committed& slot : ready.execute) {
      member.requests += slot.batch == nullptr ? 0 : slot.batch->requests.size();
      Execution execution;
      if (slot.checkpoint_due) execution.state = hash("state", Writer().u64(slot.sequence.value).bytes());
      member.engine->executed(slot, execution);
    }
    BW_ASSERT(!ready.install && !ready.fetch);
  }
}

}  // namespace breakwater::bench

// What a replica keeps from its engine.
#include <boost/test/unit_test.hpp>

#include "crypto/batch.hpp"
#include "crypto/merkle.hpp"
#include "sim/cluster.hpp"
#include "store/memory_disk.hpp"
#include "tests/support/idle_engine.hpp"

namespace breakwater {
namespace {

struct Word final : Message {
  std::string_view name() const override { return "word"; }
  ReplicaId sender() const override { return ReplicaId(1); }
};

// An engine that does nothing but have archived slots served, and slots applied.
class Server final : public testing::IdleEngine {
 public:
  Server(std::uint64_t last, std::vector<Committed> decided) {
    ready_.serve.push_back({ReplicaId(2), SequenceNumber(1), SequenceNumber(last)});
    ready_.execute = std::move(decided);
  }
  using IdleEngine::admit;
  std::optional<RejectReason> admit(const Request&) const override { return refusal; }
  Ready take_ready() override { return std::exchange(ready_, {}); }

  std::optional<RejectReason> refusal;  // of every request

 private:
  Ready ready_;
};

struct ServerFactory final : EngineFactory {
  std::expected<std::unique_ptr<Engine>, std::string> create(const Recovered& recovered) override {
    auto server = std::make_unique<Server>(recovered.delivered.value, decided);
    server->refusal = refusal;
    return server;
  }
  std::optional<Committed> read_archived(ByteView) const override { return std::nullopt; }
  MessagePtr slot_message(ByteView) const override { return std::make_shared<Word>(); }
  std::optional<RejectReason> refusal;
  std::vector<Committed> decided;
};

struct CountingOutlet final : Outlet {
  void send(std::optional<ReplicaId>, const MessagePtr&) override { ++sent; }
  void reply(const Reply&) override { ++replied; }
  bool reaches(ClientId client, RequestNumber) const override { return client != unreachable; }
  std::size_t sent = 0, replied = 0;
  ClientId unreachable{99};
};

BOOST_AUTO_TEST_SUITE(replica)

// Well-signed old requests are in every batch: a liar that relays them again must not fill the primary's queue, or
// order them anew.
BOOST_AUTO_TEST_CASE(a_relay_of_what_has_executed_goes_no_further) {
  sim::Cluster cluster({});
  const std::size_t opened = cluster.submit(0, booking::Open{"V", "C", 3, {}});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 10'000));
  cluster.run_for(1000);
  const SequenceNumber before = cluster.status(0).executed;
  for (int i = 0; i < 5; ++i) {
    cluster.inject(ReplicaId(3), ReplicaId(0),
                   std::make_shared<pbft::RelayedRequest>(ReplicaId(3), cluster.call(opened).request));
  }
  cluster.run_for(1000);
  BOOST_TEST(cluster.rejected(0, RejectReason::already_executed) == 5u);
  BOOST_TEST(cluster.status(0).executed.value == before.value);
}

// Silent, but for its status: what it would promise is not on its disk.
BOOST_AUTO_TEST_CASE(a_replica_without_room_is_paused_until_there_is_room) {
  sim::Cluster cluster({});
  cluster.submit(0, booking::Open{"V", "C", 30, {}});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 10'000));
  cluster.run_for(1000);
  cluster.disk(3).set_full(true);
  for (std::uint32_t desk = 1; desk <= 8; ++desk)
    cluster.submit(desk, booking::Reserve{{"V", std::nullopt, "C"}, desk});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.replica(3).is_paused(); }, 10'000));
  const std::uint64_t said = cluster.sends(3), answered = cluster.replica(3).counters().replies;
  const SequenceNumber stood_at = cluster.replica(3).executed();
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 60'000));
  cluster.run_for(5'000);
  const EngineStatus status = cluster.status(3);
  BOOST_TEST(status.role == "paused");
  BOOST_TEST(status.waiting_for == "room on the disk: memory: full");
  BOOST_TEST(cluster.sends(3) == said);
  BOOST_TEST(cluster.replica(3).counters().replies == answered);
  BOOST_TEST(cluster.replica(3).executed().value == stood_at.value);
  BOOST_TEST(cluster.rejected(3, RejectReason::no_room) > 0u);
  BOOST_TEST(cluster.status(0).executed.value > stood_at.value);  // the others went on

  cluster.disk(3).set_full(false);
  BOOST_TEST(cluster.run_until([&] { return cluster.replica(3).executed() == cluster.replica(0).executed(); }, 60'000));
  BOOST_TEST(!cluster.replica(3).is_paused());
  BOOST_TEST(cluster.status(3).role == "backup");
  BOOST_TEST((cluster.replica(3).state_digest() == cluster.replica(0).state_digest()));
  BOOST_TEST(cluster.violation() == "");
}

// Damage that comes while the replica works is met when the slot is read: it is not served, and the replica stops.
BOOST_AUTO_TEST_CASE(a_slot_damaged_at_work_is_never_served_and_stops_the_replica) {
  constexpr std::uint64_t kSlots = 3;
  MemoryDisk disk;
  Store store = Store::open(disk, {Digest{{1}}, ReplicaId(1), Incarnation(0)}).value();
  BOOST_REQUIRE(store.claim().has_value());
  const Digest root = StateTree().root();
  std::vector<Record> records{
      {Table::meta, to_bytes("checkpoint"), Writer().u64(kSlots).take()},
      {Table::roots, sequence_key(SequenceNumber(kSlots)), Bytes(root.bytes.begin(), root.bytes.end())}};
  for (std::uint64_t n = 1; n <= kSlots; ++n) {
    records.push_back({Table::archive, sequence_key(SequenceNumber(n)), to_bytes("slot")});
  }
  BOOST_REQUIRE(store.commit(records).has_value());
  const Roster roster(Digest{{1}});
  booking::BookingMachine machine;
  ServerFactory factory;
  for (const bool damaged : {false, true}) {
    CountingOutlet outlet;
    const auto replica = Replica::recover({ReplicaId(1), store, machine, nullptr, roster, outlet, factory, {}});
    BOOST_REQUIRE_MESSAGE(replica.has_value(), (replica ? "" : replica.error().message));
    if (damaged) BOOST_REQUIRE(disk.damage(Table::archive, sequence_key(SequenceNumber(2)), 17, 1));
    const auto done = (*replica)->run();
    BOOST_TEST(done.has_value() == !damaged);
    BOOST_TEST(outlet.sent == (damaged ? 1u : kSlots));
    if (!done) BOOST_TEST(done.error().message.find("archive/0000000000000002 is damaged") != std::string::npos);
  }
}

// Before the check of its signature: a client that floods costs no more than its window's worth of them.
BOOST_AUTO_TEST_CASE(the_gate_refuses_what_would_be_checked_for_nothing) {
  MemoryDisk disk;
  Store store = Store::open(disk, {Digest{{1}}, ReplicaId(1), Incarnation(0)}).value();
  Roster roster(Digest{{1}});
  roster.add_client(ClientId(7), {});
  booking::BookingMachine machine;
  CountingOutlet outlet;
  const Request request = make_request(ClientId(7), RequestNumber(1), encode_commands({to_bytes("x")}), {});
  using enum RejectReason;
  for (const auto& [refusal, at_the_gate] : std::vector<std::pair<std::optional<RejectReason>, bool>>{
           {std::nullopt, false}, {already_pending, true}, {client_window_full, true}, {overloaded, false}}) {
    ServerFactory factory;
    factory.refusal = refusal;
    const auto replica = Replica::recover({ReplicaId(1), store, machine, nullptr, roster, outlet, factory, {}});
    BOOST_REQUIRE(replica.has_value());
    BOOST_TEST(((*replica)->admit(request) == (at_the_gate ? refusal : std::nullopt)));
  }
}

// Where f+1 answers are enough, the other replicas need not make theirs.
BOOST_AUTO_TEST_CASE(an_answer_that_reaches_nobody_is_not_made) {
  MemoryDisk disk;
  Store store = Store::open(disk, {Digest{{1}}, ReplicaId(1), Incarnation(0)}).value();
  Roster roster(Digest{{1}});
  for (const std::uint32_t client : {7, 8}) roster.add_client(ClientId(client), {});
  booking::BookingMachine machine;
  CountingOutlet outlet;
  outlet.unreachable = ClientId(8);
  std::vector<RequestPtr> requests;
  for (const std::uint32_t client : {7, 8}) {
    requests.push_back(std::make_shared<const Request>(
        make_request(ClientId(client), RequestNumber(1), encode_commands({to_bytes("x")}), {})));
  }
  ServerFactory factory;
  factory.decided = {{SequenceNumber(1), ViewNumber(0), make_batch(AgreedTime(1), requests), false}};
  const auto replica = Replica::recover({ReplicaId(1), store, machine, nullptr, roster, outlet, factory, {}});
  BOOST_REQUIRE(replica.has_value());
  BOOST_REQUIRE((*replica)->run().has_value());
  BOOST_TEST((*replica)->counters().replies == 2u);
  BOOST_TEST(outlet.replied == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

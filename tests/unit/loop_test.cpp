// The loop that performs an engine's effects: persist before send, and what waits while the disk has no room.
#include "replication/loop.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>

#include "tests/support/idle_engine.hpp"

namespace breakwater {
namespace {

class Note final : public Message {
 public:
  explicit Note(std::string_view name) : name_(name) {}
  std::string_view name() const override { return name_; }
  ReplicaId sender() const override { return ReplicaId(0); }

 private:
  std::string_view name_;
};

Outbound note(std::string_view name, std::optional<PersistToken> after = std::nullopt) {
  return {std::nullopt, std::make_shared<const Note>(name), after};
}

// Hands out what the test prepared, and writes down what it is told.
class ScriptedEngine final : public testing::IdleEngine {
 public:
  std::deque<Ready> script;
  std::string told;

  Ready take_ready() override {
    if (script.empty()) return {};
    Ready next = std::move(script.front());
    script.pop_front();
    return next;
  }
  void persisted(PersistToken token) override { told += "persisted " + std::to_string(token.value) + "; "; }
  void executed(const Committed& slot, const Execution&) override {
    told += "executed " + std::to_string(slot.sequence.value) + "; ";
  }
  void installed(bool done) override { told += done ? "installed; " : "not installed; "; }
};

// What reached the world, in order.
class RecordingWorld final : public World {
 public:
  std::string done;
  std::optional<Unsaved> obstacle, install_obstacle;

  std::expected<void, Unsaved> persist(std::span<const Record> records) override {
    if (obstacle) return std::unexpected(*obstacle);
    done += "persist " + std::to_string(records.size()) + "; ";
    return {};
  }
  void send(const Outbound& outbound) override { done += "send " + std::string(outbound.message->name()) + "; "; }
  Execution execute(const Committed& slot) override {
    done += "execute " + std::to_string(slot.sequence.value) + "; ";
    return {};
  }
  void serve(const ArchiveRead&) override { done += "serve; "; }
  void answer(const RequestPtr&) override { done += "answer; "; }
  SnapshotPtr load_snapshot() override { return nullptr; }
  void fetch(const Fetch&) override { done += "fetch; "; }
  std::expected<bool, Unsaved> install(const Install&) override {
    if (install_obstacle) return std::unexpected(*install_obstacle);
    done += "install; ";
    return true;
  }
  void found(const EvidenceFound&) override { done += "found; "; }
  void rejected(const Rejected&) override { done += "rejected; "; }
};

// One of everything, in which "vote" waits for the transaction and "question" does not.
Ready everything(std::uint64_t token = 7) {
  Ready ready;
  ready.token = PersistToken(token);
  ready.persist = {{Table::journal, to_bytes("k"), to_bytes("v")}};
  ready.send = {note("vote", PersistToken(token)), note("question")};
  ready.execute = {{SequenceNumber(1), ViewNumber(0), nullptr, false}};
  ready.serve = {{ReplicaId(1), SequenceNumber(1), SequenceNumber(1)}};
  ready.answer = {nullptr};
  ready.fetch = Fetch{};
  ready.install = Install{};
  ready.rejected = {{RejectReason::malformed, "note", std::nullopt}};
  return ready;
}

struct Fixture {
  ScriptedEngine engine;
  RecordingWorld world;
  EffectLoop loop;
  std::string run() {
    world.done.clear();
    engine.told.clear();
    const auto done = loop.run(engine, world);
    return done ? "done" : done.error() == Unsaved::no_room ? "no room" : "failed";
  }
};

BOOST_FIXTURE_TEST_SUITE(loop, Fixture)

BOOST_AUTO_TEST_CASE(what_promises_leaves_when_its_transaction_is_durable) {
  engine.script = {everything()};
  BOOST_TEST(run() == "done");
  BOOST_TEST(world.done == "rejected; send question; persist 1; send vote; execute 1; install; fetch; serve; answer; ");
  BOOST_TEST(engine.told == "persisted 7; executed 1; installed; ");
}

BOOST_AUTO_TEST_CASE(without_room_everything_that_depends_on_the_transaction_waits_for_it) {
  engine.script = {everything(7), everything(8)};
  world.obstacle = Unsaved::no_room;
  BOOST_TEST(run() == "no room");
  BOOST_TEST(world.done == "rejected; send question; ");
  BOOST_TEST(engine.told == "");
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(run() == "no room");
    BOOST_TEST(world.done == "");  // nothing is said twice
  }
  BOOST_TEST(engine.script.size() == 1u);  // nor is anything new begun
  world.obstacle.reset();
  BOOST_TEST(run() == "done");
  BOOST_TEST(world.done ==
             "persist 1; send vote; execute 1; install; fetch; serve; answer; "
             "rejected; send question; persist 1; send vote; execute 1; install; fetch; serve; answer; ");
  BOOST_TEST(engine.told == "persisted 7; executed 1; installed; persisted 8; executed 1; installed; ");
}

BOOST_AUTO_TEST_CASE(without_room_for_a_snapshot_the_slots_before_it_are_not_executed_again) {
  engine.script = {everything()};
  world.install_obstacle = Unsaved::no_room;
  BOOST_TEST(run() == "no room");
  BOOST_TEST(world.done == "rejected; send question; persist 1; send vote; execute 1; ");
  BOOST_TEST(run() == "no room");
  BOOST_TEST(world.done == "");
  world.install_obstacle.reset();
  BOOST_TEST(run() == "done");
  BOOST_TEST(world.done == "install; fetch; serve; answer; ");
  BOOST_TEST(engine.told == "installed; ");
}

BOOST_AUTO_TEST_CASE(after_a_failure_nothing_that_depended_on_it_has_happened) {
  engine.script = {everything()};
  world.obstacle = Unsaved::failed;
  BOOST_TEST(run() == "failed");
  BOOST_TEST(world.done == "rejected; send question; ");
  BOOST_TEST(engine.told == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// Two processes with one key, each honest by itself (row 18).
#include <boost/test/unit_test.hpp>

#include "pbft/factory.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(twins)

// A second copy of replica `id`, with a store of its own. The replicas in `partners` talk to it and not to the first.
class Twin final : private Outlet {
 public:
  Twin(Stage& stage, std::uint32_t id, Ids partners)
      : world_(stage),
        id_(id),
        partners_(std::move(partners)),
        authenticator_(stage.crypto(), stage.roster().cluster()) {
    store_.emplace(Store::open(disk_, {stage.roster().cluster(), ReplicaId(id), Incarnation(0)}).value());
    BOOST_REQUIRE(store_->claim().has_value());
    factory_.emplace(stage.config(id), stage.signer(id));
    replica_ = Replica::recover({ReplicaId(id),
                                 *store_,
                                 machine_,
                                 &stage.signer(id),
                                 stage.roster(),
                                 *this,
                                 *factory_,
                                 {stage.config(id).checkpoint_interval, stage.config(id).log_window}})
                   .value();
  }
  bool talks_to(ReplicaId peer) const { return partners_.contains(peer.value); }
  // What a partner told replica `id`: this copy hears it.
  void hear(ReplicaId from, const MessagePtr& message) {
    if (replica_->admit(*message)) return;
    replica_->step(authenticator_.authenticate(message, from));
    BOOST_REQUIRE(replica_->run().has_value());
  }
  void request(const RequestPtr& request) {
    replica_->request(std::move(*authenticator_.authenticate(request)));
    BOOST_REQUIRE(replica_->run().has_value());
  }
  void tick() {
    replica_->tick(AgreedTime(Stage::kEpochUs + world_.now_ms() * 1000));
    BOOST_REQUIRE(replica_->run().has_value());
  }

 private:
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    for (const std::uint32_t partner : partners_) {
      if (!to || to->value == partner) world_.say(id_, partner, message);
    }
  }
  void reply(const Reply&) override {}

  Stage& world_;
  std::uint32_t id_;
  Ids partners_;
  SignatureAuthenticator authenticator_;
  MemoryDisk disk_;
  std::optional<Store> store_;
  booking::BookingMachine machine_;
  std::optional<pbft::PbftFactory> factory_;
  std::unique_ptr<Replica> replica_;
};

// The first copy of the primary leads replica 1, the second one replicas 2 and 3; each is asked for another booking.
static void lead_two_ways(Stage& stage) {
  stage.run_for(20);  // until every clock ticks
  Twin twin(stage, 0, {2, 3});
  std::vector<std::pair<ReplicaId, MessagePtr>> heard;
  stage.rule([&](ReplicaId from, ReplicaId to, const Message& message) {
    const bool twin_side = twin.talks_to(from) || twin.talks_to(to);
    if (to == ReplicaId(0) && twin.talks_to(from)) heard.emplace_back(from, stage.copy_of(message));
    const bool first_side = from.value <= 1 && to.value <= 1;
    return first_side || (twin_side && from.value >= 2 && to.value >= 2);
  });
  twin.tick();
  stage.submit(0, booking::Open{"V", "A", 1, {}});
  const RequestPtr opening = stage.call(0).request;
  twin.request(opening);
  stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(0));
  twin.request(stage.reserve_request(2, 1, 102));
  for (int round = 0; round < 60; ++round) {
    stage.run_for(10);
    for (const auto& [from, message] : std::exchange(heard, {})) {
      if (message != nullptr) twin.hear(from, message);
    }
    twin.tick();
  }
  stage.rule(nullptr);
}

BOOST_AUTO_TEST_CASE(hazard_18_twins) {
  Stage stage(group_of(4, {{0, kPuppet}}));
  lead_two_ways(stage);
  BOOST_TEST(stage.violation() == "");
  BOOST_TEST(stage.double_sale() == "");
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.double_sale() == "");
  const Ids twin{0};
  BOOST_TEST(stage.convicted_by_transcript() == twin, boost::test_tools::per_element());
  BOOST_TEST(stage.accused() == twin, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hazard_18_bites_when_a_quorum_is_one_vote_too_small) {
  Stage stage(group_of(4, {{0, kPuppet}}, 2));
  lead_two_ways(stage);
  BOOST_TEST(stage.violation().find("agreement violated") != std::string::npos);
  BOOST_TEST(stage.double_sale().find("sold 2 times") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

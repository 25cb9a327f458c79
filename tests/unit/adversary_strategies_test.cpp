// Each strategy bites in a simulated group: its lies are seen and refused, and the group stays safe and answers.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "sim/cluster.hpp"

using namespace breakwater;
using sim::Cluster;
using sim::ClusterOptions;

namespace {

// A group of four with one liar. Desk-1 sends reservations; replica 2 and those like it are honest witnesses.
struct Group {
  explicit Group(std::uint32_t the_liar, const std::string& strategy, std::uint64_t seed = 1)
      : liar(the_liar), cluster(options(the_liar, strategy, seed)) {
    cluster.submit(0, booking::Open{"V", "A", 200, {}});
    spy();
  }
  static ClusterOptions options(std::uint32_t liar, const std::string& strategy, std::uint64_t seed) {
    ClusterOptions options;
    options.seed = seed;
    options.byzantine[liar] = strategy;
    return options;
  }

  // The network carries everything, but what `lost` names, and the test looks at what the liar sends.
  void spy(std::function<bool(ReplicaId from, const Message&)> lost = nullptr) {
    cluster.filter([this, lost](ReplicaId from, ReplicaId, const Message& message) {
      if (from.value == liar && said) said(message);
      return !lost || !lost(from, message);
    });
  }
  std::size_t reserve(std::uint32_t client = 1) {
    return cluster.submit(client, booking::Reserve{{"V", std::nullopt, "A"}, ++booking_});
  }
  // One by one, so that each has a slot of its own.
  void serve(int calls, std::uint32_t client = 1) {
    for (; calls > 0; --calls) {
      reserve(client);
      expect_answered();
    }
  }
  void expect_answered() {
    BOOST_TEST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 120'000));
    BOOST_TEST_REQUIRE(cluster.violation() == "");
  }
  bool is_answered(std::size_t call) const { return cluster.call(call).result.has_value(); }

  template <class Visit>
  void for_each_correct(Visit visit) const {
    for (std::uint32_t id = 0; id < 4; ++id) {
      if (id != liar) visit(id);
    }
  }
  std::uint64_t rejected(RejectReason reason) const {
    std::uint64_t sum = 0;
    for_each_correct([&](std::uint32_t id) { sum += cluster.rejected(id, reason); });
    return sum;
  }
  std::uint64_t view() const {
    std::uint64_t highest = 0;
    for_each_correct([&](std::uint32_t id) { highest = std::max(highest, cluster.status(id).view.value); });
    return highest;
  }
  // The kinds of evidence that the correct replicas hold; violation() sees to it that it is against the liar.
  std::set<std::string> convictions() const {
    std::set<std::string> kinds;
    for_each_correct([&](std::uint32_t id) {
      for (const pbft::Conviction& conviction : cluster.convictions(id)) kinds.insert(conviction.kind);
    });
    return kinds;
  }

  const std::uint32_t liar;
  Cluster cluster;
  std::function<void(const Message&)> said;  // per recipient

 private:
  booking::BookingNumber booking_ = 0;
};

// Nothing is decided, though all of it is prepared, until a view whose primary is the liar has been left.
void make_liar_lead(Group& group) {
  group.spy([](ReplicaId, const Message& message) { return message.name() == "commit"; });
  group.reserve();
  const std::uint64_t start = group.view();
  std::uint64_t led = 0;
  BOOST_TEST_REQUIRE(group.cluster.run_until(
      [&] {
        if (group.view() > start && group.view() % 4 == group.liar) led = group.view();
        return led != 0 && group.view() > led;
      },
      400'000));
  group.spy();
  group.expect_answered();
}

std::vector<std::string> all_strategies() {
  const auto names = adversary::strategy_names();
  return {names.begin(), names.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strategies_bite)

BOOST_AUTO_TEST_CASE(slow_holds_its_proposals_back_and_sends_them_in_order) {
  Group group(0, "slow:delay_ms=400");
  std::vector<std::uint64_t> proposed;
  group.said = [&](const Message& message) {
    const auto* proposal = dynamic_cast<const pbft::PrePrepare*>(&message);
    if (proposal != nullptr) proposed.push_back(proposal->sequence().value);
  };
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = group.cluster.now_ms();
    group.serve(1);
    BOOST_TEST(group.cluster.now_ms() - before >= 400u);
  }
  BOOST_TEST(proposed.size() >= 15u);  // to each of three
  BOOST_TEST(std::ranges::is_sorted(proposed));
  BOOST_TEST(group.view() == 0u);  // just under the timeout, it stays
}

BOOST_AUTO_TEST_CASE(slow_beyond_the_timeout_is_replaced) {
  Group group(0, "slow:delay_ms=5000");
  group.serve(3);
  BOOST_TEST(group.view() > 0u);
}

BOOST_AUTO_TEST_CASE(censor_serves_all_but_one_until_it_is_replaced) {
  Group group(0, "censor:client=desk-3");
  group.said = [](const Message& message) {
    const auto* proposal = dynamic_cast<const pbft::PrePrepare*>(&message);
    if (proposal == nullptr || proposal->batch == nullptr || proposal->sender() != ReplicaId(0)) return;
    for (const RequestPtr& request : proposal->batch->requests) BOOST_TEST(request->client.value != 3u);
  };
  group.serve(3);
  const std::size_t unheard = group.reserve(3);
  for (int i = 0; i < 10; ++i) {
    group.reserve(1);
    group.cluster.run_for(100);
    BOOST_TEST(!group.is_answered(unheard));
  }
  BOOST_TEST(group.is_answered(unheard + 1));
  BOOST_TEST(group.view() == 0u);
  group.expect_answered();  // progress for others does not keep it in office
  BOOST_TEST(group.view() == 1u);
}

BOOST_AUTO_TEST_CASE(censor_cuts_out_what_it_learned_as_a_backup) {
  Group group(1, "censor:client=3");
  group.serve(1);
  group.cluster.isolate(0);
  const std::size_t unheard = group.reserve(3);
  group.cluster.run_until([&] { return group.view() == 1; }, 20'000);
  BOOST_TEST_REQUIRE(group.view() == 1u);
  group.cluster.run_for(500);
  BOOST_TEST(!group.is_answered(unheard));
  BOOST_TEST_REQUIRE(group.cluster.run_until([&] { return group.is_answered(unheard); }, 60'000));
  BOOST_TEST(group.view() == 2u);
  group.cluster.heal();
  group.expect_answered();
}

BOOST_AUTO_TEST_CASE(bad_checkpoint_is_convicted_and_the_true_ones_stabilise) {
  Group group(2, "bad-checkpoint");
  group.serve(40);
  BOOST_TEST(group.rejected(RejectReason::contradicts_vote) > 0u);
  BOOST_TEST(group.convictions().contains("conflicting_checkpoints"));
  group.for_each_correct(
      [&](std::uint32_t id) { BOOST_TEST(group.cluster.status(id).stable_checkpoint.value >= 32u); });
}

BOOST_AUTO_TEST_CASE(bad_view_change_is_refused_and_convicted) {
  Group group(2, "bad-view-change");
  group.serve(10);
  // It asks although nobody else does, which moves nobody.
  group.cluster.run_for(30'000);
  BOOST_TEST(group.view() == 0u);
  BOOST_TEST(group.rejected(RejectReason::bad_nested_signature) > 0u);  // forged certificates
  BOOST_TEST(group.rejected(RejectReason::bad_view_change) > 0u);       // a low watermark that nothing proves
  BOOST_TEST(group.convictions().contains("bad_view_change"));
  for (int i = 0; i < 3; ++i) make_liar_lead(group);
  BOOST_TEST(group.convictions().contains("hidden_prepared"));
}

BOOST_AUTO_TEST_CASE(bad_new_view_is_refused_each_time_and_convicted) {
  Group group(1, "bad-new-view");
  group.serve(3);
  std::set<Digest> told;
  group.said = [&](const Message& message) {
    const auto* new_view = dynamic_cast<const pbft::NewView*>(&message);
    if (new_view != nullptr && new_view->sender() == ReplicaId(1)) told.insert(new_view->digest());
  };
  for (std::size_t round = 1; round <= 3; ++round) {
    make_liar_lead(group);
    BOOST_TEST(told.size() == round);
  }
  BOOST_TEST(group.rejected(RejectReason::bad_new_view) > 0u);
  BOOST_TEST(group.convictions().contains("bad_new_view"));
  make_liar_lead(group);  // the fourth time it tells two stories, each sound by itself
  BOOST_TEST(told.size() == 5u);
}

BOOST_AUTO_TEST_CASE(view_flood_moves_nobody) {
  Group group(3, "view-flood");
  std::uint64_t highest = 0, asked = 0;
  group.said = [&](const Message& message) {
    const auto* view_change = dynamic_cast<const pbft::ViewChange*>(&message);
    if (view_change == nullptr) return;
    highest = std::max(highest, view_change->view().value);
    ++asked;
  };
  group.serve(10);
  group.cluster.run_for(1'000);
  BOOST_TEST(asked > 3u * 20 * 100);  // to each of three
  BOOST_TEST(highest == 1'000'000u);
  BOOST_TEST(group.rejected(RejectReason::superseded) > 0u);
  BOOST_TEST(group.view() == 0u);
  make_liar_lead(group);  // and when views do change, they change one by one
  BOOST_TEST(group.view() < 10u);
}

BOOST_DATA_TEST_CASE(random_lies_of_every_kind_are_borne, boost::unit_test::data::make({1, 2, 3, 4, 5, 6}), seed) {
  Group group(0, "random:seed=" + std::to_string(seed), static_cast<std::uint64_t>(seed));
  std::set<std::string> kinds;
  group.said = [&](const Message& message) { kinds.insert(std::string(message.name())); };
  group.serve(60);
  make_liar_lead(group);
  BOOST_TEST(kinds.size() >= 7u);
  const std::uint64_t refused =
      group.rejected(RejectReason::stale_view) + group.rejected(RejectReason::future_view) +
      group.rejected(RejectReason::outside_watermarks) + group.rejected(RejectReason::contradicts_vote) +
      group.rejected(RejectReason::digest_mismatch) + group.rejected(RejectReason::bad_carried_signature);
  BOOST_TEST(refused > 20u);
  BOOST_TEST(!group.convictions().empty());
}

BOOST_DATA_TEST_CASE(a_liar_lies_the_same_way_again, boost::unit_test::data::make(all_strategies()), name) {
  const auto story = [&] {
    Group group(1, name);
    std::string told;
    group.cluster.trace = [&](const std::string& line) { told += line + "\n"; };
    group.serve(10);
    make_liar_lead(group);
    return told;
  };
  BOOST_TEST((story() == story()));
}

BOOST_DATA_TEST_CASE(every_liar_is_borne_wherever_it_sits,
                     boost::unit_test::data::make(all_strategies()) * boost::unit_test::data::make({0, 3}), name,
                     liar) {
  Group group(static_cast<std::uint32_t>(liar), name);
  group.serve(20);
  make_liar_lead(group);
  group.serve(20);
}

BOOST_AUTO_TEST_SUITE_END()

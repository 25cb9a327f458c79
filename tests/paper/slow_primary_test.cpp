// A primary that is slow without ever being late: primary_withholds() and the throughput monitor.
#include <boost/test/unit_test.hpp>

#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::testing;

namespace {

BOOST_AUTO_TEST_SUITE(slow_primary)

// Such a primary would otherwise keep a group at the speed of its timeout for ever.
BOOST_AUTO_TEST_CASE(a_primary_that_sits_on_a_request_is_left_before_the_timeout) {
  EngineRig rig(1);
  const std::uint64_t timeout = rig.config.view_change_timeout_ticks;
  rig.propose(rig.request(1, 1));
  rig.tick(timeout * 5 / 8 - 2);
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
  rig.tick(3);
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
}

// ... also when it never sits on one of them for that long, while others wait meanwhile.
BOOST_AUTO_TEST_CASE(what_it_withholds_adds_up_over_requests_that_overlap) {
  EngineRig rig(1);
  const std::uint64_t delay = rig.config.view_change_timeout_ticks * 7 / 16;
  std::uint64_t number = 0;
  for (std::uint64_t slot = 1; slot <= 20 && rig.sent_of<ViewChange>().empty(); ++slot) {
    rig.propose(rig.request(7, ++number));
    rig.tick(delay / 2);
    rig.propose(rig.request(7, ++number));
    rig.tick(delay / 2);
    if (rig.sent_of<ViewChange>().empty() && number > 2) {
      const auto late = [&](std::uint64_t n) { return rig.request(7, n); };
      rig.decide(0, slot - 1, make_batch(AgreedTime(EngineRig::kNowUs), {late(number - 3), late(number - 2)}));
    }
  }
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
}

// A group under an even load, as one backup sees it: four requests a slot, a slot in ten ticks.
class Busy {
 public:
  EngineRig rig{1};
  std::uint64_t slots = 0;

  Busy() {
    for (int i = 0; i < 30; ++i) {
      decide(load(slots + 1));
      rig.tick(10);
    }
    BOOST_REQUIRE(rig.sent_of<ViewChange>().empty());
  }
  BatchPtr load(std::uint64_t which, RequestPtr one_more = nullptr) const {
    std::vector<RequestPtr> requests;
    for (std::uint64_t i = 0; i < 4; ++i) requests.push_back(rig.request(1, which * 10 + i));
    if (one_more) requests.push_back(one_more);
    return make_batch(AgreedTime(EngineRig::kNowUs), requests);
  }
  void decide(const BatchPtr& batch, bool fed = false) {
    ++slots;
    if (fed) rig.step(rig.decided(3, 0, slots, batch));
    else rig.decide(0, slots, batch);
    if (slots % rig.config.checkpoint_interval != 0) return;
    for (const std::uint32_t id : {0u, 2u, 3u}) {
      rig.step(rig.checkpoint(id, slots, rig.root_of(SequenceNumber(slots))));
    }
  }
  bool is_left() const { return !rig.sent_of<ViewChange>().empty(); }
};

// It orders what has executed already, over and over, so as to look busy.
BOOST_AUTO_TEST_CASE(repetitions_are_no_work) {
  Busy group;
  group.rig.propose(group.rig.request(7, 1));
  std::uint64_t ticks = 0;
  for (; !group.is_left() && ticks < 400; ++ticks) {
    if (ticks % 30 == 0) group.rig.step(group.rig.pre_prepare(0, group.slots + 1, group.load(1)));
    if (ticks % 30 == 29) group.decide(group.load(1));
    group.rig.tick();
  }
  BOOST_TEST(ticks < group.rig.config.view_change_timeout_ticks / 2);
}

// The same throughput as ever, and every second slot comes as a decided one.
BOOST_AUTO_TEST_CASE(a_backup_that_is_fed_leaves_nobody) {
  Busy group;
  EngineRig& rig = group.rig;
  std::uint64_t number = 0;
  std::vector<RequestPtr> waiting;
  const auto submit = [&] {
    waiting.push_back(rig.request(7, ++number));
    rig.propose(waiting.back());
  };
  submit();
  submit();
  for (std::uint64_t ticks = 0; ticks < 2000; ++ticks) {
    if (ticks % 40 == 0) {
      group.decide(group.load(group.slots + 1, waiting.front()), group.slots % 2 == 0);
      waiting.erase(waiting.begin());
      submit();
    } else if (ticks % 10 == 0) {
      group.decide(group.load(group.slots + 1), group.slots % 2 == 0);
    }
    rig.tick();
  }
  BOOST_TEST(!group.is_left());
}

// Its votes are what is missing, whether the request or its proposal came first.
BOOST_AUTO_TEST_CASE(a_request_in_a_proposal_does_not_wait_for_the_primary) {
  for (const bool proposal_first : {false, true}) {
    Busy group;
    EngineRig& rig = group.rig;
    const RequestPtr request = rig.request(7, 1);
    if (!proposal_first) rig.propose(request);
    rig.step(rig.pre_prepare(0, group.slots + 1, make_batch(AgreedTime(EngineRig::kNowUs), {request})));
    if (proposal_first) rig.propose(request);
    rig.tick(rig.config.view_change_timeout_ticks - 1);
    BOOST_TEST(!group.is_left());
    rig.tick();
    BOOST_TEST(group.is_left());
  }
}

BOOST_AUTO_TEST_CASE(a_primary_is_not_left_early_for_what_it_cannot_help) {
  // Its window is full: the next checkpoint is not stable.
  EngineRig full(1);
  const std::uint64_t timeout = full.config.view_change_timeout_ticks;
  for (std::uint64_t n = 1; n <= full.config.log_window - full.config.checkpoint_interval; ++n) {
    full.decide(0, n, full.batch(n));
  }
  full.propose(full.request(7, 1));
  full.tick(timeout - 1);
  BOOST_TEST(full.sent_of<ViewChange>().empty());

  // Demand comes and goes, each request proposed in time.
  EngineRig calm(1);
  for (std::uint64_t n = 1; n <= 20; ++n) {
    calm.propose(calm.request(7, n));
    calm.tick(timeout / 4 - 2);
    calm.decide(0, n, make_batch(AgreedTime(EngineRig::kNowUs), {calm.request(7, n)}));
    calm.tick(timeout);
  }
  BOOST_TEST(calm.sent_of<ViewChange>().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

// How many signatures a slot takes, counted by hand, and what follows from them.
#include "bench/floor.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace breakwater::bench {
namespace {

constexpr double kNoCheckpoints = 1e18;
constexpr Kind kProduct{};
constexpr Kind kVotesAlone{Protocol::pbft, 4, true, false};
constexpr Kind kRequestsAlone{Protocol::pbft, 4, false, true};
constexpr Kind kNothing{Protocol::pbft, 4, false, false};
constexpr Kind kRaft{Protocol::raft, 3, false, false};
constexpr Kind kRaftSigned{Protocol::raft, 3, false, true};

Kind product_of(std::uint32_t n) { return {Protocol::pbft, n, true, true}; }

struct Slot {
  const char* what;
  Kind kind;
  double requests;
  double signs, verifies;
};
std::ostream& operator<<(std::ostream& out, const Slot& slot) { return out << slot.what; }

const Slot kSlots[] = {
    // 1 + 3 + 4 + 4; 3 pre-prepares, 2 prepares at the primary and 1 at each backup, 2 commits at each replica.
    {"n = 4, votes alone", kVotesAlone, 58, 12, 16},
    {"n = 4, requests alone", kRequestsAlone, 10, 10, 40},
    {"n = 4, both", kProduct, 10, 22, 56},
    {"n = 4, nothing is signed", kNothing, 10, 0, 0},
    // quorum 5: 1 + 6 + 7 + 7; 6, then 4 and 6 times 3, then 7 times 4.
    {"n = 7", product_of(7), 1, 21 + 1, 6 + 4 + 18 + 28 + 7},
    // quorum 7: 1 + 9 + 10 + 10; 9, then 6 and 9 times 5, then 10 times 6.
    {"n = 10", product_of(10), 1, 30 + 1, 9 + 6 + 45 + 60 + 10},
    // Not 3f+1: the quorum of 5 is 4.
    {"n = 5", product_of(5), 1, 1 + 4 + 5 + 5 + 1, 4 + 3 + 8 + 15 + 5},
    {"Raft", kRaft, 10, 0, 0},
    {"Raft with signed requests: the leader checks", kRaftSigned, 10, 10, 10},
};

BOOST_AUTO_TEST_SUITE(bench_floor)

BOOST_DATA_TEST_CASE(a_slot_takes_so_many_signatures, boost::unit_test::data::make(kSlots), slot) {
  const SignatureCounts counted = signatures_per_slot(slot.kind, slot.requests, kNoCheckpoints);
  BOOST_TEST(counted.signs == slot.signs, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(counted.verifies == slot.verifies, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(checkpoints_count_in_proportion) {
  const SignatureCounts counted = signatures_per_slot(kProduct, 0, 128);
  BOOST_TEST(counted.signs == 12 + 4.0 / 128, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(counted.verifies == 16 + 8.0 / 128, boost::test_tools::tolerance(1e-9));
}

// docs/performance.md, "How the floor is computed": its three columns, from its unit costs.
BOOST_AUTO_TEST_CASE(the_floors_of_the_performance_page) {
  const UnitCosts unit{16.4, 47.6, 0};
  const auto cpu = [&](double requests_per_slot, std::uint32_t bundle) {
    const Rung rung{kProduct, true, bundle, 256, 16};
    return floor_of(rung, requests_per_slot, 128, unit, 2).cpu_us_per_command;
  };
  BOOST_TEST(cpu(58, 1) == 223, boost::test_tools::tolerance(0.01));
  BOOST_TEST(cpu(8.2, 1) == 323, boost::test_tools::tolerance(0.01));
  BOOST_TEST(cpu(120 / 16.0, 16) == 21, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(signatures_bound_the_throughput_of_all_cores) {
  const UnitCosts unit{10, 50, 0};
  const Floor one = floor_of({kProduct, true, 1, 64, 16}, 10, kNoCheckpoints, unit, 1);
  BOOST_TEST(one.cpu_us_per_command == (22 * 10 + 56 * 50) / 10.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(*one.throughput_per_s == 1e6 / one.cpu_us_per_command, boost::test_tools::tolerance(1e-9));
  const Floor four = floor_of({kProduct, true, 1, 64, 16}, 10, kNoCheckpoints, unit, 4);
  BOOST_TEST(*four.throughput_per_s == 4 * *one.throughput_per_s, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(!floor_of({kRaft, true, 1, 64, 16}, 10, kNoCheckpoints, unit, 4).throughput_per_s.has_value());
}

// Three transactions and five signatures after each other; of verifications the primary's and a backup's of the
// request, the pre-prepare's, one prepare's and two commits'.
BOOST_AUTO_TEST_CASE(a_request_alone_waits_for_three_transactions) {
  const UnitCosts unit{10, 50, 1000};
  const Rung alone{kProduct, true, 1, 1, 16};
  BOOST_TEST(floor_of(alone, 1, kNoCheckpoints, unit, 2).latency_us == 3000 + 5 * 10 + 6 * 50,
             boost::test_tools::tolerance(1e-9));
  const Rung in_memory{kProduct, false, 1, 1, 16};
  BOOST_TEST(floor_of(in_memory, 1, kNoCheckpoints, unit, 2).latency_us == 5 * 10 + 6 * 50,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(floor_of({kNothing, true, 1, 1, 16}, 1, kNoCheckpoints, unit, 2).latency_us == 3000,
             boost::test_tools::tolerance(1e-9));
}

// The leader's transaction and the followers' run beside each other.
BOOST_AUTO_TEST_CASE(raft_waits_for_one) {
  const UnitCosts unit{10, 50, 1000};
  BOOST_TEST(floor_of({kRaft, true, 1, 1, 16}, 1, kNoCheckpoints, unit, 2).latency_us == 1000);
  BOOST_TEST(floor_of({kRaftSigned, true, 1, 1, 16}, 9, kNoCheckpoints, unit, 2).latency_us == 1060);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::bench

// Whether a replica with an empty store may join: what its peers say of the group's history.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "node/history_probe.hpp"

namespace breakwater {
namespace {

using Verdict = HistoryProbe::Verdict;

constexpr std::uint64_t kGraceTicks = 5;
constexpr std::uint64_t kStatusTicks = 3;

HistoryProbe probe_of(std::uint32_t n, std::uint32_t self = 0) {
  return HistoryProbe(ReplicaId(self), Quorums::byzantine(n), kGraceTicks, kStatusTicks);
}

pbft::Status status_of(std::uint32_t replica, std::uint64_t decided = 0) {
  pbft::Status status{ReplicaId(replica)};
  status.decided = SequenceNumber(decided);
  return status;
}

struct Case {
  const char* name;
  std::uint32_t n;
  std::uint32_t fresh, with_history;  // peers heard
  bool waited;                        // the grace is over
  Verdict verdict;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case kCases[] = {
    {"nobody heard", 4, 0, 0, true, Verdict::undecided},
    {"all fresh, at once", 4, 3, 0, false, Verdict::fresh},
    {"a quorum with us, but others may come", 4, 2, 0, false, Verdict::undecided},
    {"a quorum with us, and waited", 4, 2, 0, true, Verdict::fresh},
    {"too few", 4, 1, 0, true, Verdict::undecided},
    {"one liar claims history", 4, 2, 1, false, Verdict::fresh},
    {"two tell of history", 4, 1, 2, false, Verdict::has_history},
    {"two tell of history, nobody else heard", 4, 0, 2, false, Verdict::has_history},
    {"one tells of history, one is fresh", 4, 1, 1, true, Verdict::undecided},
    {"n=6: a weak quorum of fresh ones is too few", 6, 2, 0, true, Verdict::undecided},
    {"n=6: quorum 4", 6, 3, 0, true, Verdict::fresh},
    {"n=7: two liars cannot keep it out", 7, 4, 2, false, Verdict::fresh},
    {"n=7: three tell of history", 7, 3, 3, false, Verdict::has_history},
};

BOOST_AUTO_TEST_SUITE(history_probe)

BOOST_DATA_TEST_CASE(verdicts, kCases, c) {
  HistoryProbe probe = probe_of(c.n);
  std::uint32_t peer = 1;
  for (std::uint32_t i = 0; i < c.fresh; ++i) probe.heard(status_of(peer++));
  for (std::uint32_t i = 0; i < c.with_history; ++i) probe.heard(status_of(peer++, 7));
  for (std::uint64_t t = 0; t < (c.waited ? kGraceTicks : kGraceTicks - 1); ++t) probe.tick();
  BOOST_TEST((probe.verdict() == c.verdict));
  BOOST_TEST(probe.peers_heard() == c.fresh + c.with_history);
  BOOST_TEST(probe.peers_with_history() == c.with_history);
}

BOOST_AUTO_TEST_CASE(any_trace_of_work_is_history) {
  const auto count_after = [](auto change) {
    HistoryProbe probe = probe_of(4);
    pbft::Status status = status_of(1);
    change(status);
    probe.heard(status);
    return probe.peers_with_history();
  };
  BOOST_TEST(count_after([](pbft::Status&) {}) == 0u);
  BOOST_TEST(count_after([](pbft::Status& s) { s.view = ViewNumber(1); }) == 1u);
  BOOST_TEST(count_after([](pbft::Status& s) { s.view_changing = true; }) == 1u);
  BOOST_TEST(count_after([](pbft::Status& s) { s.decided = SequenceNumber(1); }) == 1u);
  BOOST_TEST(count_after([](pbft::Status& s) { s.stable_checkpoint = SequenceNumber(128); }) == 1u);
}

BOOST_AUTO_TEST_CASE(a_peer_counts_once_and_by_its_latest_word) {
  HistoryProbe probe = probe_of(4);
  for (int i = 0; i < 5; ++i) probe.heard(status_of(1, 9));
  BOOST_TEST((probe.verdict() == Verdict::undecided));
  probe.heard(status_of(2, 9));
  BOOST_TEST((probe.verdict() == Verdict::has_history));
  probe.heard(status_of(2));
  BOOST_TEST((probe.verdict() == Verdict::undecided));
}

BOOST_AUTO_TEST_CASE(itself_and_strangers_count_nothing) {
  HistoryProbe probe = probe_of(4, 2);
  probe.heard(status_of(2, 9));
  probe.heard(status_of(4, 9));
  probe.heard(status_of(0xFFFFFFFF, 9));
  BOOST_TEST(probe.peers_heard() == 0u);
}

BOOST_AUTO_TEST_CASE(its_own_status_is_empty_and_repeated) {
  HistoryProbe probe = probe_of(4, 3);
  std::vector<std::uint64_t> sent_at;
  for (std::uint64_t t = 0; t < 8; ++t) {
    const auto status = probe.tick();
    if (status == nullptr) continue;
    sent_at.push_back(t);
    BOOST_TEST((status->sender() == ReplicaId(3)));
    BOOST_TEST(status->view.value + status->decided.value + status->stable_checkpoint.value == 0u);
    BOOST_TEST(!status->view_changing);
  }
  const std::vector<std::uint64_t> expected{0, 3, 6};
  BOOST_TEST(sent_at == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

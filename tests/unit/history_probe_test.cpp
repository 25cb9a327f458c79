// Whether a replica with an empty store may join: what its peers say of the group's history.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "node/history_probe.hpp"

namespace breakwater {
namespace {

using Verdict = HistoryProbe::Verdict;

constexpr std::uint64_t kGraceTicks = 5;
constexpr std::uint64_t kQuestionTicks = 3;

HistoryProbe probe_of(const Quorums& quorums, std::uint32_t self = 0) {
  return HistoryProbe(ReplicaId(self), quorums, kGraceTicks, kQuestionTicks);
}
HistoryProbe probe_of(std::uint32_t n, std::uint32_t self = 0) { return probe_of(Quorums::byzantine(n), self); }

PeerReport fresh(std::uint32_t replica) { return {ReplicaId(replica), false}; }
PeerReport with_history(std::uint32_t replica) { return {ReplicaId(replica), true}; }

struct Case {
  const char* name;
  Quorums quorums;
  std::uint32_t fresh, with_history;  // peers heard
  bool waited;                        // the grace is over
  Verdict verdict;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case kCases[] = {
    {"nobody heard", Quorums::byzantine(4), 0, 0, true, Verdict::undecided},
    {"all fresh, at once", Quorums::byzantine(4), 3, 0, false, Verdict::fresh},
    {"a quorum with us, but others may come", Quorums::byzantine(4), 2, 0, false, Verdict::undecided},
    {"a quorum with us, and waited", Quorums::byzantine(4), 2, 0, true, Verdict::fresh},
    {"too few", Quorums::byzantine(4), 1, 0, true, Verdict::undecided},
    {"one liar claims history", Quorums::byzantine(4), 2, 1, false, Verdict::fresh},
    {"two tell of history", Quorums::byzantine(4), 1, 2, false, Verdict::has_history},
    {"two tell of history, nobody else heard", Quorums::byzantine(4), 0, 2, false, Verdict::has_history},
    {"one tells of history, one is fresh", Quorums::byzantine(4), 1, 1, true, Verdict::undecided},
    {"n=6: a weak quorum of fresh ones is too few", Quorums::byzantine(6), 2, 0, true, Verdict::undecided},
    {"n=6: quorum 4", Quorums::byzantine(6), 3, 0, true, Verdict::fresh},
    {"n=7: two liars cannot keep it out", Quorums::byzantine(7), 4, 2, false, Verdict::fresh},
    {"n=7: three tell of history", Quorums::byzantine(7), 3, 3, false, Verdict::has_history},
    {"raft: all fresh, at once", Quorums::crash(3), 2, 0, false, Verdict::fresh},
    {"raft: a majority with us, but the other may come", Quorums::crash(3), 1, 0, false, Verdict::undecided},
    {"raft: a majority with us, and waited", Quorums::crash(3), 1, 0, true, Verdict::fresh},
    {"raft: nobody heard", Quorums::crash(3), 0, 0, true, Verdict::undecided},
    {"raft: one word of history is enough", Quorums::crash(3), 1, 1, true, Verdict::has_history},
    {"raft n=5: one peer is no majority", Quorums::crash(5), 1, 0, true, Verdict::undecided},
    {"raft n=5: two peers are one, with us", Quorums::crash(5), 2, 0, true, Verdict::fresh},
};

BOOST_AUTO_TEST_SUITE(history_probe)

BOOST_DATA_TEST_CASE(verdicts, kCases, c) {
  HistoryProbe probe = probe_of(c.quorums);
  std::uint32_t peer = 1;
  for (std::uint32_t i = 0; i < c.fresh; ++i) probe.heard(fresh(peer++));
  for (std::uint32_t i = 0; i < c.with_history; ++i) probe.heard(with_history(peer++));
  for (std::uint64_t t = 0; t < (c.waited ? kGraceTicks : kGraceTicks - 1); ++t) probe.tick();
  BOOST_TEST((probe.verdict() == c.verdict));
  BOOST_TEST(probe.peers_heard() == c.fresh + c.with_history);
  BOOST_TEST(probe.peers_with_history() == c.with_history);
}

// A Raft group begins with all of its members, however long the last one takes.
BOOST_AUTO_TEST_CASE(without_a_grace_all_peers_are_waited_for) {
  HistoryProbe probe(ReplicaId(0), Quorums::crash(3), std::nullopt, kQuestionTicks);
  probe.heard(fresh(1));
  for (std::uint64_t t = 0; t < 1000 * kGraceTicks; ++t) probe.tick();
  BOOST_TEST((probe.verdict() == Verdict::undecided));
  probe.heard(fresh(2));
  BOOST_TEST((probe.verdict() == Verdict::fresh));
}

BOOST_AUTO_TEST_CASE(a_peer_counts_once_and_by_its_latest_word) {
  HistoryProbe probe = probe_of(4);
  for (int i = 0; i < 5; ++i) probe.heard(with_history(1));
  BOOST_TEST((probe.verdict() == Verdict::undecided));
  probe.heard(with_history(2));
  BOOST_TEST((probe.verdict() == Verdict::has_history));
  probe.heard(fresh(2));
  BOOST_TEST((probe.verdict() == Verdict::undecided));
}

BOOST_AUTO_TEST_CASE(itself_and_strangers_count_nothing) {
  HistoryProbe probe = probe_of(4, 2);
  probe.heard(with_history(2));
  probe.heard(with_history(4));
  probe.heard(with_history(0xFFFFFFFF));
  BOOST_TEST(probe.peers_heard() == 0u);
}

// A Raft group begins its work as soon as a majority has joined.
BOOST_AUTO_TEST_CASE(who_was_fresh_once_stays_so) {
  HistoryProbe probe = probe_of(Quorums::crash(3));
  probe.heard(fresh(1));
  probe.heard(with_history(1));
  BOOST_TEST((probe.verdict() == Verdict::undecided));
  probe.heard(fresh(2));
  BOOST_TEST((probe.verdict() == Verdict::fresh));
}

BOOST_AUTO_TEST_CASE(the_question_is_repeated) {
  HistoryProbe probe = probe_of(4, 3);
  std::vector<std::uint64_t> asked_at;
  for (std::uint64_t t = 0; t < 8; ++t) {
    if (probe.tick()) asked_at.push_back(t);
  }
  const std::vector<std::uint64_t> expected{0, 3, 6};
  BOOST_TEST(asked_at == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

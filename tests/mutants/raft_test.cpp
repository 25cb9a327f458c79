// Directed scenarios for the mutants of Raft. Each case has its mutant's name; without a mutant it passes, with its
// mutant an oracle of the simulator (sim/raft_oracles.hpp) objects. The engines are real, and nothing moves but what
// the test lets move: a tick, or the messages of one link.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>

#include "crypto/authenticator.hpp"
#include "crypto/batch.hpp"
#include "raft/engine.hpp"
#include "sim/raft_oracles.hpp"

namespace breakwater::testing {
namespace {

using raft::RaftEngine;

class RaftGroup {
 public:
  explicit RaftGroup(std::uint32_t n) : members_(n) {
    for (std::uint32_t id = 0; id < n; ++id) start(id);
  }

  // --- what happens to a replica
  void tick(std::uint32_t id) {
    members_[id].engine->tick(AgreedTime(++now_us_));
    perform(id);
  }
  // The process dies and starts again from what is durable.
  void restart(std::uint32_t id) { start(id); }
  void propose(std::uint32_t id) {
    Request request = make_request(ClientId(1), RequestNumber(++requests_), encode_commands({to_bytes("command")}), {});
    oracles_.submitted(request);
    auto verified = channel_.authenticate(std::make_shared<const Request>(std::move(request)));
    members_[id].engine->propose(std::move(*verified), false);
    perform(id);
  }

  // --- what happens to messages: they wait until they are handed over, or lost
  // What waits on this link now, but not what comes of it.
  void hand_over(std::uint32_t from, std::uint32_t to) {
    std::deque<MessagePtr> waiting;
    std::swap(waiting, links_[{from, to}]);
    for (const MessagePtr& message : waiting) {
      Authenticated authenticated = channel_.authenticate(message, ReplicaId(from));
      members_[to].engine->step(std::move(*authenticated.good));
      perform(to);
    }
  }
  // All between these, until nothing waits between them.
  void hand_over_all(const std::vector<std::uint32_t>& ids) {
    const auto waits = [&](std::uint32_t a, std::uint32_t b) { return !links_[{a, b}].empty(); };
    for (bool moved = true; moved;) {
      moved = false;
      for (const std::uint32_t from : ids) {
        for (const std::uint32_t to : ids) {
          if (!waits(from, to)) continue;
          hand_over(from, to);
          moved = true;
        }
      }
    }
  }
  void lose_all() { links_.clear(); }

  // --- steps of a schedule
  // So long that nobody hears a leader any more, and every leader has stepped down. Nothing arrives meanwhile.
  void be_silent() {
    for (std::uint32_t id = 0; id < members_.size(); ++id) {
      for (int ticks = 0; ticks < 250; ++ticks) tick(id);
    }
    lose_all();
  }
  // With the votes of these it leads in the next term that they allow. What it then says waits.
  void elect(std::uint32_t id, const std::vector<std::uint32_t>& voters) {
    for (int elections = 0; elections < 5 && !leads(id); ++elections) {
      tick_until_asks(id, voters.front());
      for (int steps = 0; steps < 4 && !leads(id); ++steps) {
        for (const std::uint32_t voter : voters) hand_over(id, voter);
        for (const std::uint32_t voter : voters) {
          if (!leads(id)) hand_over(voter, id);
        }
      }
    }
    BOOST_TEST_REQUIRE(leads(id));
  }
  // It has the other's pre-vote, and asks for votes; its question waits.
  void become_candidate(std::uint32_t id, std::uint32_t other) {
    tick_until_asks(id, other);
    hand_over(id, other);
    hand_over(other, id);
    const auto question = asks(id, other);
    BOOST_TEST_REQUIRE((question != nullptr && !question->pre_vote));
  }

  // --- looking
  std::uint64_t term(std::uint32_t id) const { return members_[id].engine->status().view.value; }
  std::uint64_t committed(std::uint32_t id) const { return members_[id].engine->status().chosen.value; }
  bool leads(std::uint32_t id) const { return members_[id].engine->status().role == "leader"; }
  std::uint64_t entries(std::uint32_t id) const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(members_[id].journal, [](const auto& record) { return record.first.at(0) == 'e'; }));
  }

  // Everything arrives from now on: in the end all have executed the same. The first property that was violated on the
  // way is reported.
  void judge() {
    for (int rounds = 0; rounds < 2000; ++rounds) {
      for (std::uint32_t id = 0; id < members_.size(); ++id) {
        tick(id);
        for (std::uint32_t to = 0; to < members_.size(); ++to) hand_over(id, to);
      }
    }
    const auto behind = [&](const Member& m) { return m.executed != members_[0].executed || m.executed.value == 0; };
    const bool is_live = std::ranges::none_of(members_, behind) &&
                         std::ranges::any_of(members_, [](const Member& m) { return m.engine->status().answers; });
    if (const auto& violation = oracles_.violation()) {
      BOOST_ERROR("violated: " << violation->property << ": " << violation->detail);
    } else if (!is_live) {
      BOOST_ERROR("violated: liveness: not all have executed what one has");
    }
  }

 private:
  struct Member {
    std::unique_ptr<RaftEngine> engine;
    std::map<Bytes, Bytes> journal;
    SequenceNumber executed;
  };

  // The last message that waits on this link, if it is a question for a vote.
  std::shared_ptr<const raft::RequestVote> asks(std::uint32_t id, std::uint32_t whom) {
    const auto& waiting = links_[{id, whom}];
    return waiting.empty() ? nullptr : std::dynamic_pointer_cast<const raft::RequestVote>(waiting.back());
  }
  void tick_until_asks(std::uint32_t id, std::uint32_t whom) {
    for (int ticks = 0; ticks < 1000 && asks(id, whom) == nullptr; ++ticks) tick(id);
    BOOST_TEST_REQUIRE((asks(id, whom) != nullptr));
  }

  void start(std::uint32_t id) {
    Member& member = members_[id];
    raft::Config config;
    config.quorums = Quorums::crash(static_cast<std::uint32_t>(members_.size()));
    config.self = ReplicaId(id);
    Recovered recovered;
    recovered.journal.assign(member.journal.begin(), member.journal.end());
    recovered.delivered = member.executed;
    recovered.archived_from = SequenceNumber(member.executed.value == 0 ? 0 : 1);
    member.engine = RaftEngine::create(config, recovered).value();
    oracles_.started(ReplicaId(id), member.executed);
  }

  // As the loop does: the transaction first, then what waits for it.
  void perform(std::uint32_t id) {
    Member& member = members_[id];
    for (Ready ready = member.engine->take_ready(); !ready.empty(); ready = member.engine->take_ready()) {
      for (const Record& record : ready.persist) {
        oracles_.wrote(ReplicaId(id), record);
        if (record.table != Table::journal) continue;
        if (record.value) {
          member.journal[record.key] = *record.value;
        } else {
          member.journal.erase(record.key);
        }
      }
      if (!ready.persist.empty()) member.engine->persisted(ready.token);
      for (const Outbound& sent : ready.send) send(id, sent);
      for (const Committed& slot : ready.execute) {
        member.executed = slot.sequence;
        oracles_.executed(ReplicaId(id), slot, {});
        Execution execution;
        if (slot.checkpoint_due) execution.state = kNullDigest;
        member.engine->executed(slot, execution);
      }
    }
  }
  void send(std::uint32_t from, const Outbound& sent) {
    oracles_.has_said(ReplicaId(from), sent.to, *sent.message);
    for (std::uint32_t to = 0; to < members_.size(); ++to) {
      if (to != from && (!sent.to || sent.to->value == to)) links_[{from, to}].push_back(sent.message);
    }
  }

  std::vector<Member> members_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<MessagePtr>> links_;
  ChannelAuthenticator channel_;
  sim::RaftOracles oracles_;
  std::uint64_t now_us_ = 1'700'000'000'000'000;
  std::uint64_t requests_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(directed)

// Figure 8 of the Raft paper, replicas counted from 0. An entry of term 1 comes to a majority in term 3 without an
// entry of term 3 behind it; replica 4, of term 2, may still lead and replace it. Seeds do not come to this: a leader
// begins its term with an entry, which goes with those before it in one message, unless exactly a full one precedes.
BOOST_AUTO_TEST_CASE(raft_commits_prior_term) {
  RaftGroup group(5);
  group.elect(0, {1, 3});  // replica 2 lags
  group.hand_over_all({0, 1, 3, 4});
  while (group.committed(0) + 1 < raft::kMaxEntriesPerAppend) {
    group.propose(0);
    group.hand_over_all({0, 1, 3, 4});
  }
  group.lose_all();
  group.propose(0);  // (a) the entry, at replicas 0 and 1
  group.hand_over(0, 1);
  BOOST_TEST_REQUIRE(group.entries(1) == raft::kMaxEntriesPerAppend);
  BOOST_TEST_REQUIRE(group.entries(2) == 0u);
  group.be_silent();
  group.elect(4, {2, 3});  // (b) another entry in its place, at replica 4 alone
  BOOST_TEST_REQUIRE(group.term(4) == 2u);
  group.be_silent();
  group.elect(0, {1, 2});  // (c) replica 2 gets the entry of term 1; that of term 3 comes to replica 1 alone
  BOOST_TEST_REQUIRE(group.term(0) == 3u);
  group.hand_over_all({0, 1});
  for (int answers = 0; answers < 2; ++answers) {  // the question where their logs meet, then the entries
    group.hand_over(0, 2);
    group.hand_over(2, 0);
  }
  BOOST_TEST_REQUIRE(group.entries(2) == raft::kMaxEntriesPerAppend);
  group.be_silent();
  group.elect(4, {2, 3});  // (d) it replaces the entry
  group.judge();
}

// Replicas 0 and 1 ask for votes in term 2. Replica 2 votes for 0, hears 0 lead, and only then hears that 1 asks: it is
// the same term still. Its log is as short as 1's, since what 0 has to say does not fit to it yet.
BOOST_AUTO_TEST_CASE(raft_vote_cleared) {
  RaftGroup group(3);
  group.elect(0, {1, 2});
  group.be_silent();  // the entry that 0 began its term with stays with it
  group.become_candidate(1, 2);
  group.elect(0, {2});
  BOOST_TEST_REQUIRE(group.term(0) == 2u);
  BOOST_TEST_REQUIRE(group.term(1) == 2u);
  group.hand_over(0, 2);
  BOOST_TEST_REQUIRE(group.entries(2) == 0u);
  group.hand_over(1, 2);
  group.hand_over(2, 1);
  group.judge();
}

// Replica 2 is restarted after it voted for 0, and before it hears that 1 asks in the same term.
BOOST_AUTO_TEST_CASE(raft_vote_not_persisted) {
  RaftGroup group(3);
  group.become_candidate(1, 2);
  group.elect(0, {2});
  BOOST_TEST_REQUIRE(group.term(0) == group.term(1));
  group.restart(2);
  group.hand_over(1, 2);
  group.hand_over(2, 1);
  group.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing

// The client of a Raft group: one answer is enough, and the leader is found by what replicas say of it.
#include <boost/test/unit_test.hpp>

#include "tests/support/desk.hpp"

namespace breakwater {
namespace {

using namespace std::chrono_literals;
using testing::Desk;

struct RaftDesk : Desk {
  explicit RaftDesk(std::uint32_t replicas = 3) : Desk(raft_guide(replicas)) {}

  void hear_redirection(std::uint32_t from, std::uint64_t term, std::optional<std::uint32_t> leader,
                        std::uint64_t number = 3) {
    Reply out = reply(from, number);
    out.status = ReplyStatus::redirected;
    out.view = ViewNumber(term);
    out.sequence = {};
    out.results.clear();
    if (leader) out.leader = ReplicaId(*leader);
    hear(out);
  }
  void hear_executed(std::uint32_t from, std::uint64_t term, std::uint64_t number = 3) {
    Reply out = reply(from, number);
    out.view = ViewNumber(term);
    hear(out);
  }
  void hear_status(std::uint32_t from, std::uint64_t term, const std::string& role) {
    StatusReport report;
    report.replica = ReplicaId(from);
    report.engine = "raft";
    report.role = role;
    report.view = ViewNumber(term);
    hear(from, encode_frame(report));
  }
  // Who was sent something since the last call: "0 1 2 " for requests, "0? " for a question.
  std::string sent() {
    std::string out;
    for (const auto& [to, frame] : transport.sent) {
      const auto decoded = decode_client_frame(frame);
      BOOST_REQUIRE(decoded.has_value());
      out += std::to_string(to) + (std::holds_alternative<StatusQuery>(*decoded) ? "? " : " ");
    }
    transport.sent.clear();
    return out;
  }
};

BOOST_AUTO_TEST_SUITE(client_of_raft)

BOOST_AUTO_TEST_CASE(one_answer_is_the_outcome) {
  RaftDesk desk;
  desk.submit();
  desk.hear_executed(2, 4);
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST((desk.outcomes[0].status == ReplyStatus::executed));
  BOOST_TEST((desk.outcomes[0].sequence == SequenceNumber(17)));
  BOOST_TEST((desk.outcomes[0].view == ViewNumber(4)));
  BOOST_TEST((desk.outcomes[0].replicas == std::vector{ReplicaId(2)}));
}

BOOST_AUTO_TEST_CASE(requests_are_not_signed) {
  RaftDesk desk;
  desk.submit();
  const auto frame = decode_client_frame(desk.transport.sent.at(0).second);
  BOOST_TEST((std::get<RequestPtr>(*frame)->signature == Signature{}));
  BOOST_TEST(desk.signer.signatures() == 0u);
}

BOOST_AUTO_TEST_CASE(all_are_asked_while_no_leader_is_known) {
  RaftDesk desk;
  desk.submit();
  BOOST_TEST(desk.sent() == "0 1 2 ");
  BOOST_TEST(!desk.concluded());
}

BOOST_AUTO_TEST_CASE(the_leader_is_learnt_from_a_status) {
  RaftDesk desk;
  desk.hear_status(0, 3, "follower");
  desk.hear_status(1, 3, "leader");
  desk.submit();
  BOOST_TEST(desk.sent() == "1 ");
}

BOOST_AUTO_TEST_CASE(a_redirection_is_followed_at_once_and_is_no_outcome) {
  RaftDesk desk;
  desk.hear_status(0, 3, "leader");
  desk.submit();
  desk.submit(4);
  BOOST_TEST(desk.sent() == "0 0 ");
  desk.hear_redirection(0, 4, 2);
  BOOST_TEST(!desk.concluded());
  BOOST_TEST(desk.sent() == "2 2 ");  // all that waits, not only the one that was turned away
  desk.hear_redirection(0, 4, 2, 4);
  BOOST_TEST(desk.sent() == "");
  desk.submit(5);
  BOOST_TEST(desk.sent() == "2 ");
}

BOOST_AUTO_TEST_CASE(who_answered_last_is_asked_until_more_is_known) {
  RaftDesk desk;
  desk.submit();
  desk.hear_executed(1, 3);
  desk.sent();
  desk.submit(4);
  BOOST_TEST(desk.sent() == "1 ");
  desk.hear_redirection(1, 3, 2, 4);  // it had only remembered the answer
  BOOST_TEST(desk.sent() == "2 ");
  desk.hear_executed(0, 3, 4);  // so does this one
  desk.submit(5);
  BOOST_TEST(desk.sent() == "2 ");
}

BOOST_AUTO_TEST_CASE(a_later_term_counts_more) {
  RaftDesk desk;
  desk.hear_status(0, 5, "leader");
  desk.hear_status(1, 4, "leader");  // it does not know yet
  desk.submit();
  BOOST_TEST(desk.sent() == "0 ");
  desk.hear_redirection(2, 4, 1);
  BOOST_TEST(desk.sent() == "");
  desk.hear_redirection(2, 6, 1);
  BOOST_TEST(desk.sent() == "1 ");
}

// Two replicas that point at each other, as long as they like.
BOOST_AUTO_TEST_CASE(redirections_are_no_game_of_ping_pong) {
  RaftDesk desk;
  desk.submit();
  desk.sent();
  for (int i = 0; i < 100; ++i) {
    desk.hear_redirection(0, 3, 1);
    desk.hear_redirection(1, 3, 0);
  }
  BOOST_TEST(desk.sent() == "1 ");
}

BOOST_AUTO_TEST_CASE(a_leader_that_steps_down_and_its_followers_are_none_either) {
  RaftDesk desk;
  desk.hear_status(1, 3, "leader");
  desk.submit();
  desk.sent();
  for (int i = 0; i < 100; ++i) {
    desk.hear_redirection(1, 3, std::nullopt);
    desk.hear_redirection(0, 3, 1);  // it has not heard
  }
  BOOST_TEST(desk.sent() == "");
  desk.hear_status(1, 3, "leader");  // its own word counts
  BOOST_TEST(desk.sent() == "1 ");
}

BOOST_AUTO_TEST_CASE(without_a_leader_it_looks_for_one_now_and_then) {
  RaftDesk desk;
  desk.submit();
  desk.sent();
  desk.after(10ms);
  BOOST_TEST(desk.sent() == "");  // nobody has said that there is none
  for (const std::uint32_t id : {0u, 1u, 2u}) desk.hear_redirection(id, 3, std::nullopt);
  desk.after(1ms);
  BOOST_TEST(desk.sent() == "0? 1? 2? ");
  desk.after(50ms);
  BOOST_TEST(desk.sent() == "");
  desk.after(60ms);
  BOOST_TEST(desk.sent() == "0? 1? 2? ");
  desk.hear_status(0, 4, "candidate");
  BOOST_TEST(desk.sent() == "");
  desk.hear_status(2, 4, "leader");
  BOOST_TEST(desk.sent() == "2 ");
  desk.after(100ms);
  BOOST_TEST(desk.sent() == "");  // found
  desk.hear_executed(2, 4);
  BOOST_TEST(desk.concluded());
}

// The leader died; the others have not noticed and still name it.
BOOST_AUTO_TEST_CASE(a_leader_that_does_not_answer_is_looked_past) {
  RaftDesk desk;
  desk.hear_status(0, 3, "leader");
  desk.submit();
  desk.sent();
  desk.after(600ms);
  BOOST_TEST(desk.sent() == "0 1 2 ");  // it took long
  desk.hear_redirection(1, 3, 0);
  BOOST_TEST(desk.sent() == "");
  desk.after(10ms);
  BOOST_TEST(desk.sent() == "0? 1? 2? ");
  desk.hear_status(1, 4, "leader");
  BOOST_TEST(desk.sent() == "1 ");
}

BOOST_AUTO_TEST_CASE(it_looks_only_while_something_waits) {
  RaftDesk desk;
  desk.submit();
  desk.hear_redirection(1, 3, std::nullopt);
  desk.hear_executed(2, 3);
  BOOST_REQUIRE(desk.concluded());
  desk.sent();
  desk.after(1s);
  BOOST_TEST(desk.sent() == "");
}

BOOST_AUTO_TEST_CASE(a_leader_that_does_not_exist_is_not_believed) {
  RaftDesk desk;
  desk.submit();
  desk.sent();
  desk.hear_redirection(1, 3, 3);
  desk.hear_redirection(1, 3, 1);  // itself
  BOOST_TEST(desk.sent() == "");
  desk.submit(4);
  BOOST_TEST(desk.sent() == "0 1 2 ");
}

BOOST_AUTO_TEST_CASE(without_any_answer_the_outcome_is_unknown) {
  RaftDesk desk;
  desk.submit(3, 2s);
  desk.hear_redirection(1, 3, 2);
  for (int i = 0; i < 30; ++i) desk.after(100ms);
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST(!desk.outcomes[0].status.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// The client: what f+1 replicas say alike is the outcome, and nothing less. And its request numbers.
#include "client/client.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>
#include <mutex>
#include <thread>

#include "client/request_numbers.hpp"
#include "crypto/keys.hpp"
#include "tests/support/desk.hpp"

namespace breakwater {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

using testing::Desk;
using testing::kCluster;
using testing::kCommands;
using testing::kSelf;

std::string names(const std::vector<ReplicaId>& replicas) {
  std::string out;
  for (const ReplicaId id : replicas) out += std::to_string(id.value) + " ";
  return out;
}

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(the_first_sending_is_a_signed_request_to_the_primary) {
  Desk desk;
  desk.submit();
  BOOST_TEST(desk.transport.receivers() == "0 ");
  const auto frame = decode_client_frame(desk.transport.sent.at(0).second);
  BOOST_REQUIRE(frame.has_value());
  const RequestPtr request = std::get<RequestPtr>(*frame);
  BOOST_TEST((request->client == kSelf && request->number == RequestNumber(3)));
  BOOST_TEST((request->body == encode_commands(kCommands)));
  const Statement asked = request_statement(kCluster, *request);
  BOOST_TEST(ed25519_holds(SigningKey::from_seed(Seed{{5}}).public_key(), asked.encode(), request->signature));
  BOOST_TEST(desk.client.outstanding() == 1u);
}

BOOST_AUTO_TEST_CASE(a_weak_quorum_of_equal_replies_concludes_once) {
  Desk desk;
  desk.submit();
  desk.now += 7ms;
  desk.hear(Desk::reply(2));
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(1));
  BOOST_REQUIRE(desk.concluded());
  const Outcome& outcome = desk.outcomes[0];
  BOOST_TEST((outcome.number == RequestNumber(3)));
  BOOST_TEST((outcome.status == ReplyStatus::executed));
  BOOST_TEST((outcome.sequence == SequenceNumber(17)));
  BOOST_TEST((outcome.results == Desk::reply(0).results));
  BOOST_TEST(names(outcome.replicas) == "1 2 ");
  BOOST_TEST(outcome.latency.count() == 7000);
  BOOST_TEST(desk.client.outstanding() == 0u);
  desk.hear(Desk::reply(0));
  desk.hear(Desk::reply(3));
  desk.after(60s);
  BOOST_TEST(desk.outcomes.size() == 1u);
}

// f+1 for n = 4, 7, 10 and, with more replicas than 3f+1, 6.
BOOST_DATA_TEST_CASE(fewer_than_a_weak_quorum_conclude_nothing, boost::unit_test::data::make({4u, 6u, 7u, 10u}), n) {
  const std::uint32_t f = (n - 1) / 3;
  Desk desk(n);
  desk.submit();
  for (std::uint32_t id = 0; id < f; ++id) desk.hear(Desk::reply(id));
  BOOST_TEST(!desk.concluded());
  for (int i = 0; i < 5; ++i) desk.hear(Desk::reply(0));  // one voice, however often it speaks
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(f));
  BOOST_TEST(desk.concluded());
}

struct Voiceless {
  const char* what;
  void (*change)(Reply& reply);
};
std::ostream& operator<<(std::ostream& out, const Voiceless& voiceless) { return out << voiceless.what; }

// Each of three replicas sends it, so that a reply that counted would conclude.
const Voiceless kVoiceless[] = {
    {"another request", [](Reply& r) { r.request.bytes[0] ^= 1; }},
    {"no admission",
     [](Reply& r) {
       r.status = ReplyStatus::overloaded;
       r.sequence = {};
       r.results.clear();
     }},
    {"another client", [](Reply& r) { r.client = ClientId(6); }},
    {"another number", [](Reply& r) { r.number = RequestNumber(4); }},
};

BOOST_DATA_TEST_CASE(some_replies_count_for_nothing, kVoiceless, voiceless) {
  Desk desk;
  desk.submit();
  for (const std::uint32_t id : {1u, 2u, 3u}) {
    Reply reply = Desk::reply(id);
    voiceless.change(reply);
    desk.hear(reply);
  }
  BOOST_TEST(!desk.concluded());
  BOOST_TEST(desk.client.outstanding() == 1u);
  desk.hear(Desk::reply(1));
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(2));
  BOOST_TEST(desk.concluded());  // and they did no harm either
}

BOOST_AUTO_TEST_CASE(a_replica_speaks_for_itself_only) {
  Desk desk;
  desk.submit();
  for (const std::uint32_t claimed : {0u, 1u, 3u}) desk.hear(2, encode_frame(Desk::reply(claimed)));
  desk.hear(Desk::reply(1));
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(2));
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST(names(desk.outcomes[0].replicas) == "1 2 ");
}

BOOST_AUTO_TEST_CASE(nonsense_has_no_voice) {
  Desk desk;
  desk.submit();
  const Bytes good = encode_frame(Desk::reply(1));
  desk.hear(1, {});
  desk.hear(1, to_bytes("nonsense"));
  desk.hear(1, encode_frame(StatusQuery{}));
  for (std::size_t size = 0; size < good.size(); ++size) desk.hear(1, {good.begin(), good.begin() + size});
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(2));
  BOOST_TEST(!desk.concluded());
  desk.hear(1, good);
  BOOST_TEST(desk.concluded());
}

const Voiceless kDifferences[] = {
    {"another result", [](Reply& r) { r.results[0] = to_bytes("not done"); }},
    {"one result fewer", [](Reply& r) { r.results.pop_back(); }},
    {"the results in another order", [](Reply& r) { std::swap(r.results[0], r.results[1]); }},
    {"another slot", [](Reply& r) { r.sequence = SequenceNumber(18); }},
    {"another status", [](Reply& r) { r.status = ReplyStatus::number_reused; }},
};

BOOST_DATA_TEST_CASE(replies_that_differ_never_add_up, kDifferences, difference) {
  Desk desk;
  desk.submit();
  Reply liar = Desk::reply(3);
  difference.change(liar);
  desk.hear(liar);
  desk.hear(Desk::reply(0));
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(1));
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST(names(desk.outcomes[0].replicas) == "0 1 ");
  BOOST_TEST((desk.outcomes[0].results == Desk::reply(0).results));
  BOOST_TEST((desk.outcomes[0].sequence == SequenceNumber(17)));
}

// A replica that changes its mind is not two voices: its last word counts.
BOOST_AUTO_TEST_CASE(the_last_word_of_a_replica_counts) {
  Desk desk;
  desk.submit();
  Reply other = Desk::reply(0);
  other.results[0] = to_bytes("not done");
  desk.hear(other);
  desk.hear(Desk::reply(0));
  other.replica = ReplicaId(1);
  desk.hear(other);
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(2));
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST(names(desk.outcomes[0].replicas) == "0 2 ");
}

BOOST_AUTO_TEST_CASE(the_view_is_a_hint_and_no_part_of_the_answer) {
  Desk desk;
  desk.submit();
  Reply first = Desk::reply(1), second = Desk::reply(2);
  first.view = ViewNumber(9);
  second.view = ViewNumber(2);
  desk.hear(first);
  desk.hear(second);
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST((desk.outcomes[0].view == ViewNumber(2)));  // one liar alone cannot raise it
  desk.transport.sent.clear();
  desk.submit(4);
  BOOST_TEST(desk.transport.receivers() == "2 ");
}

BOOST_DATA_TEST_CASE(expired_and_reused_numbers_are_outcomes, boost::unit_test::data::make({1, 2}), status) {
  Desk desk;
  desk.submit();
  for (const std::uint32_t id : {0u, 1u}) {
    Reply reply = Desk::reply(id);
    reply.status = static_cast<ReplyStatus>(status);
    reply.sequence = SequenceNumber(status == 1 ? 0 : 17);
    reply.results.clear();
    desk.hear(reply);
  }
  BOOST_REQUIRE(desk.concluded());
  BOOST_TEST((desk.outcomes[0].status == static_cast<ReplyStatus>(status)));
}

BOOST_AUTO_TEST_CASE(the_same_bytes_go_to_all_after_a_pause_that_grows) {
  Desk desk;
  desk.submit(3, 60s);
  const Bytes frame = desk.transport.sent.at(0).second;
  std::vector<std::int64_t> sent_at_ms;
  for (int ms = 1; ms <= 20000; ++ms) {
    desk.transport.sent.clear();
    desk.after(1ms);
    if (desk.transport.sent.empty()) continue;
    sent_at_ms.push_back(ms);
    BOOST_TEST(desk.transport.receivers() == "0 1 2 3 ");
    for (const auto& [to, again] : desk.transport.sent) BOOST_TEST((again == frame));
  }
  // 250 ms, doubled up to 4 s.
  const std::vector<std::int64_t> expected = {250, 750, 1750, 3750, 7750, 11750, 15750, 19750};
  BOOST_TEST(sent_at_ms == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_deadline_gives_an_outcome_without_a_status) {
  Desk desk;
  desk.submit(3, 900ms);
  desk.hear(Desk::reply(1));
  desk.after(899ms);
  BOOST_TEST(!desk.concluded());
  desk.after(1ms);
  BOOST_REQUIRE(desk.concluded());
  const Outcome& outcome = desk.outcomes[0];
  BOOST_TEST((outcome.number == RequestNumber(3)));
  BOOST_TEST(!outcome.status.has_value());
  BOOST_TEST(outcome.results.empty());
  BOOST_TEST(outcome.replicas.empty());
  BOOST_TEST(outcome.latency.count() == 900000);
  BOOST_TEST(desk.client.outstanding() == 0u);
  desk.transport.sent.clear();
  desk.hear(Desk::reply(2));  // too late
  desk.after(10s);
  BOOST_TEST(desk.outcomes.size() == 1u);
  BOOST_TEST(desk.transport.receivers() == "");
}

BOOST_AUTO_TEST_CASE(requests_conclude_apart_in_any_order) {
  Desk desk;
  desk.submit(3);
  desk.submit(4, 1s);
  desk.submit(5);
  BOOST_TEST(desk.client.outstanding() == 3u);
  desk.hear(Desk::reply(0, 5));
  desk.hear(Desk::reply(0, 3));
  BOOST_TEST(!desk.concluded());
  desk.hear(Desk::reply(1, 5));
  desk.after(1s);
  desk.hear(Desk::reply(1, 3));
  BOOST_REQUIRE(desk.outcomes.size() == 3u);
  BOOST_TEST((desk.outcomes[0].number == RequestNumber(5)));
  BOOST_TEST((desk.outcomes[1].number == RequestNumber(4) && !desk.outcomes[1].status));
  BOOST_TEST((desk.outcomes[2].number == RequestNumber(3)));
}

// A desk sends its next bundle from within the answer to the last.
BOOST_AUTO_TEST_CASE(an_outcome_may_submit_the_next_request) {
  Desk desk;
  int answered = 0;
  const auto next = [&](const Outcome&) {
    ++answered;
    desk.submit(4);
  };
  desk.client.submit(RequestNumber(3), kCommands, desk.now, 30s, next);
  desk.hear(Desk::reply(0));
  desk.hear(Desk::reply(1));
  BOOST_TEST(answered == 1);
  BOOST_TEST(desk.client.outstanding() == 1u);
  desk.client.submit(RequestNumber(6), kCommands, desk.now, 1s, [&](const Outcome&) { desk.submit(7); });
  desk.after(1s);
  BOOST_TEST(desk.client.outstanding() == 2u);
}

// Whom the client asked for silence and whom not, in its last round: "silence 2 3, answers 0 1".
std::string told(const Desk& desk) {
  std::string silence, answers;
  for (const auto& [to, frame] : desk.transport.sent) {
    const auto decoded = decode_client_frame(frame);
    const auto* query = decoded ? std::get_if<StatusQuery>(&*decoded) : nullptr;
    if (query != nullptr) (query->silence ? silence : answers) += " " + std::to_string(to);
  }
  return "silence" + silence + ", answers" + answers;
}

// Outcomes one after the other, each with an answer of everybody, until the client asks some for silence.
void settle(Desk& desk, std::uint64_t first) {
  for (std::uint64_t number = first; number < first + Respondents::kFirstTrial + 1; ++number) {
    desk.transport.sent.clear();
    desk.submit(number);
    desk.now += 4ms;
    for (const std::uint32_t id : {0u, 1u, 2u, 3u}) desk.hear(Desk::reply(id, number));
    if (told(desk) != "silence, answers") return;
  }
}

// 0 is the primary, which is asked itself.
BOOST_AUTO_TEST_CASE(a_client_that_knows_the_replicas_asks_some_for_silence) {
  Desk desk;
  settle(desk, 1);
  BOOST_TEST(told(desk) == "silence 0 2 3, answers 1");
  desk.transport.sent.clear();
  desk.submit(100);
  BOOST_TEST(desk.transport.receivers() == "0 ");
}

BOOST_AUTO_TEST_CASE(answers_that_disagree_make_it_ask_everybody_at_once) {
  Desk desk;
  settle(desk, 1);
  desk.transport.sent.clear();
  desk.submit(100);
  desk.transport.sent.clear();
  Reply lie = Desk::reply(1, 100);
  lie.sequence = lie.sequence.next();
  desk.hear(Desk::reply(0, 100));
  BOOST_TEST(desk.transport.sent.empty());
  desk.hear(lie);
  BOOST_TEST(told(desk) == "silence, answers 0 1 2 3");
  BOOST_TEST(desk.transport.receivers() == "0 1 2 3 0 1 2 3 ");  // and the request itself
  desk.hear(Desk::reply(3, 100));
  BOOST_TEST(desk.client.outstanding() == 0u);
  // Who lied is not chosen again.
  settle(desk, 200);
  settle(desk, 300);
  BOOST_TEST(told(desk) == "silence 0 1 3, answers 2");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_late_for_this_group_makes_it_ask_everybody) {
  Desk desk;
  settle(desk, 1);
  desk.submit(100);
  desk.hear(Desk::reply(0, 100));
  desk.transport.sent.clear();
  desk.after(49ms);
  BOOST_TEST(desk.transport.sent.empty());
  desk.after(1ms);  // an outcome takes 4 ms here, and usually all four answer
  BOOST_TEST(told(desk) == "silence, answers 0 1 2 3");
  desk.hear(Desk::reply(2, 100));
  BOOST_TEST(desk.client.outstanding() == 0u);
  settle(desk, 200);
  settle(desk, 300);
  BOOST_TEST(told(desk) == "silence 0 1 3, answers 2");  // 1 was silent
}

BOOST_AUTO_TEST_CASE(greet_asks_all_and_learns_the_view) {
  Desk desk;
  desk.client.greet();
  BOOST_TEST(desk.transport.receivers() == "0 1 2 3 ");
  for (const auto& [to, frame] : desk.transport.sent) {
    const auto asked = decode_client_frame(frame);
    BOOST_REQUIRE(asked.has_value());
    const auto* query = std::get_if<StatusQuery>(&*asked);
    BOOST_REQUIRE(query != nullptr);
    BOOST_TEST(!query->with_state_digest);  // it would cost each replica a Merkle update per desk
  }
  StatusReport report;
  report.engine = "pbft";
  report.role = "backup";
  report.view = ViewNumber(6);
  report.replica = ReplicaId(3);
  desk.hear(2, encode_frame(report));  // another's
  desk.hear(3, encode_frame(report));
  desk.transport.sent.clear();
  desk.submit();
  BOOST_TEST(desk.transport.receivers() == "0 ");  // one replica alone is not believed
  report.replica = ReplicaId(2);
  desk.hear(2, encode_frame(report));
  desk.transport.sent.clear();
  desk.submit(4);
  BOOST_TEST(desk.transport.receivers() == "2 ");
}

BOOST_AUTO_TEST_SUITE_END()

class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "breakwater-client-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::uint64_t allocated(const fs::path& directory, std::uint64_t count = 1) {
  const auto first = allocate_request_numbers(directory, count);
  return first ? first->value : 0;
}

BOOST_AUTO_TEST_SUITE(request_numbers)

BOOST_AUTO_TEST_CASE(numbers_start_at_one_and_never_repeat) {
  const Scratch scratch;
  BOOST_TEST(allocated(scratch.path()) == 1u);  // number zero is never fresh
  BOOST_TEST(allocated(scratch.path()) == 2u);
  BOOST_TEST(allocated(scratch.path(), 10) == 3u);
  BOOST_TEST(allocated(scratch.path()) == 13u);
}

BOOST_AUTO_TEST_CASE(a_counter_set_by_hand_is_the_last_number_used) {
  const Scratch scratch;
  std::ofstream(scratch.path() / "counter") << "41\n";
  BOOST_TEST(allocated(scratch.path()) == 42u);
}

// Over the old digits while there are as many; a longer number takes a new file.
BOOST_AUTO_TEST_CASE(a_counter_grows_by_digits) {
  const Scratch scratch;
  for (std::uint64_t last = 8; last < 1200; last += 7) {
    std::ofstream(scratch.path() / "counter") << last << "\n";
    BOOST_TEST(allocated(scratch.path(), 5) == last + 1);
    std::ifstream in(scratch.path() / "counter");
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    BOOST_TEST(text == std::to_string(last + 5) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_half_written_is_ignored) {
  const Scratch scratch;
  allocated(scratch.path(), 7);
  std::ofstream(scratch.path() / "counter.new") << "99999999";
  BOOST_TEST(allocated(scratch.path()) == 8u);
  BOOST_TEST(allocated(scratch.path()) == 9u);
}

BOOST_AUTO_TEST_CASE(threads_share_a_client) {
  constexpr std::size_t kThreads = 4, kEach = 25, kCount = 3;
  const Scratch scratch;
  std::mutex mutex;
  std::vector<std::uint64_t> firsts;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < kEach; ++i) {
        const std::uint64_t first = allocated(scratch.path(), kCount);
        const std::lock_guard lock(mutex);
        firsts.push_back(first);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::ranges::sort(firsts);
  BOOST_REQUIRE(firsts.size() == kThreads * kEach);
  for (std::size_t i = 0; i < firsts.size(); ++i) BOOST_TEST(firsts[i] == 1 + kCount * i);  // none twice, none lost
}

BOOST_AUTO_TEST_CASE(processes_share_a_client) {
  constexpr int kProcesses = 3, kEach = 30;
  const Scratch scratch;
  int pipe_fds[2];
  BOOST_REQUIRE(::pipe(pipe_fds) == 0);
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t pid = ::fork();
    BOOST_REQUIRE(pid >= 0);
    if (pid == 0) {
      for (int i = 0; i < kEach; ++i) {
        const std::uint64_t number = allocated(scratch.path());
        if (::write(pipe_fds[1], &number, sizeof number) != sizeof number) ::_exit(1);  // atomic: below PIPE_BUF
      }
      ::_exit(0);
    }
    children.push_back(pid);
  }
  ::close(pipe_fds[1]);
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 0; ::read(pipe_fds[0], &number, sizeof number) == sizeof number;) {
    numbers.push_back(number);
  }
  ::close(pipe_fds[0]);
  for (const pid_t pid : children) ::waitpid(pid, nullptr, 0);
  std::ranges::sort(numbers);
  BOOST_REQUIRE(numbers.size() == static_cast<std::size_t>(kProcesses * kEach));
  for (std::size_t i = 0; i < numbers.size(); ++i) BOOST_TEST(numbers[i] == i + 1);
}

const std::string kDamaged[] = {
    "", "\n", "7", "77", "7x\n", "x\n", "-7\n", "7 \n", "7\n\n", "18446744073709551616\n", std::string(40, '1') + "\n"};

// Guessing would hand out numbers a second time: a second body under one number is refused, or worse, never asked.
BOOST_DATA_TEST_CASE(a_damaged_counter_is_refused_and_left_alone, kDamaged, text) {
  const Scratch scratch;
  std::ofstream(scratch.path() / "counter") << text;
  const auto first = allocate_request_numbers(scratch.path(), 1);
  BOOST_REQUIRE(!first.has_value());
  BOOST_TEST(first.error().starts_with((scratch.path() / "counter").string() + ": "), first.error());
  std::ifstream in(scratch.path() / "counter");
  BOOST_TEST(std::string(std::istreambuf_iterator<char>(in), {}) == text);
}

// Only a counter that was never there starts from nothing.
BOOST_AUTO_TEST_CASE(a_counter_that_cannot_be_opened_is_refused) {
  const Scratch scratch;
  fs::create_symlink("counter", scratch.path() / "counter");  // to itself; permissions would not stop root
  BOOST_TEST(!allocate_request_numbers(scratch.path(), 1).has_value());
  BOOST_TEST(fs::is_symlink(scratch.path() / "counter"));
}

BOOST_AUTO_TEST_CASE(numbers_run_out_without_wrapping) {
  const Scratch scratch;
  std::ofstream(scratch.path() / "counter") << std::numeric_limits<std::uint64_t>::max() - 2 << "\n";
  BOOST_TEST(!allocate_request_numbers(scratch.path(), 3).has_value());
  BOOST_TEST(allocated(scratch.path(), 2) == std::numeric_limits<std::uint64_t>::max() - 1);
  BOOST_TEST(!allocate_request_numbers(scratch.path(), 1).has_value());
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_named) {
  const Scratch scratch;
  const auto first = allocate_request_numbers(scratch.path() / "nobody", 1);
  BOOST_REQUIRE(!first.has_value());
  BOOST_TEST(first.error().starts_with((scratch.path() / "nobody").string()), first.error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

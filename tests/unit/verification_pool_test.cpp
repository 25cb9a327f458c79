// Signature checks beside the event loop: results, quotas, priorities.
#include <poll.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <semaphore>

#include "crypto/batch.hpp"
#include "node/verification_pool.hpp"
#include "pbft/messages.hpp"

namespace breakwater {
namespace {

const Digest kCluster{{7}};
const Signature kGood{{1}};
const Signature kBad{{2}};

// Holds what is signed with kGood. Closed, it lets no check pass until it is opened.
class GateChecker final : public SignatureChecker {
 public:
  bool holds(const SignedStatement& s) const override {
    if (closed_) {
      entered_.release();
      gate_.acquire();
      gate_.release();
    }
    return s.signature == kGood;
  }
  void close() { closed_ = true; }  // before any check
  void open() { gate_.release(); }
  void wait_until_entered() { entered_.acquire(); }

 private:
  bool closed_ = false;
  mutable std::counting_semaphore<> entered_{0};
  mutable std::counting_semaphore<> gate_{0};
};

MessagePtr commit_of(std::uint32_t sender, const Signature& signature = kGood) {
  const Signatory signer{SignerRole::replica, sender, Incarnation(0)};
  const Statement statement{StatementKind::commit, kCluster, signer, ViewNumber(0), SequenceNumber(1), Digest{{3}}};
  return std::make_shared<pbft::Commit>(SignedStatement{statement, signature});
}

RequestPtr request_of(std::uint32_t client, const Signature& signature = kGood) {
  const Bytes body = encode_commands({to_bytes("x")});
  return std::make_shared<const Request>(make_request(ClientId(client), RequestNumber(1), body, signature));
}

struct Rig {
  explicit Rig(std::uint32_t threads, bool closed = false) : authenticator(checker, kCluster) {
    if (closed) checker.close();
    pool.emplace(authenticator, threads,
                 VerificationPool::Handlers{[this](Authenticated result) {
                                              order += result.good ? 'M' : 'm';
                                              if (result.dropped) dropped = result.dropped;
                                            },
                                            [this](ClientId from, VerificationPool::RequestResult result) {
                                              answered = from;
                                              order += result ? 'R' : 'r';
                                              if (!result) dropped = result.error();
                                            }});
  }
  // Waits on the descriptor, as the event loop does.
  void collect_all() {
    while (pool->pending() > 0) {
      pollfd item{pool->wake_fd(), POLLIN, 0};
      BOOST_REQUIRE(::poll(&item, 1, 60'000) == 1);
      pool->collect();
    }
  }
  GateChecker checker;
  SignatureAuthenticator authenticator;
  std::string order;  // M, R: good message, request; m, r: refused
  std::optional<RejectReason> dropped;
  std::optional<ClientId> answered;  // whose request was judged last
  std::optional<VerificationPool> pool;
};

constexpr std::uint32_t kThreads[] = {0, 1, 3};

BOOST_AUTO_TEST_SUITE(verification_pool)

BOOST_DATA_TEST_CASE(every_job_comes_back_once, kThreads, threads) {
  Rig rig(threads);
  for (std::uint32_t i = 0; i < 50; ++i) {
    BOOST_REQUIRE(!rig.pool->submit(commit_of(1), ReplicaId(1), 100));
    BOOST_REQUIRE(!rig.pool->submit(commit_of(2, kBad), ReplicaId(2), 100));
    BOOST_REQUIRE(!rig.pool->submit(request_of(1), 100));
    BOOST_REQUIRE(!rig.pool->submit(request_of(2, kBad), 100));
  }
  rig.collect_all();
  for (const char kind : {'M', 'm', 'R', 'r'}) BOOST_TEST(std::ranges::count(rig.order, kind) == 50);
  BOOST_TEST((rig.dropped == RejectReason::bad_signature));
  BOOST_TEST(rig.pool->collect() == 0u);
}

BOOST_AUTO_TEST_CASE(without_threads_nothing_waits) {
  Rig rig(0);
  rig.pool->submit(commit_of(1), ReplicaId(1), 100);
  BOOST_TEST(rig.order == "M");
  BOOST_TEST(rig.pool->pending() == 0u);
  BOOST_TEST(rig.pool->wake_fd() == -1);
}

// The channel's sender is what the quota counts and what the authenticator is told, whatever the message claims.
BOOST_DATA_TEST_CASE(the_channel_names_the_sender, kThreads, threads) {
  Rig rig(threads);
  rig.pool->submit(std::make_shared<pbft::Status>(ReplicaId(2)), ReplicaId(1), 10);
  rig.collect_all();
  BOOST_TEST(rig.order == "m");
  BOOST_TEST((rig.dropped == RejectReason::sender_mismatch));
}

BOOST_AUTO_TEST_CASE(replicas_go_before_clients) {
  Rig rig(1, true);
  rig.pool->submit(request_of(1), 100);
  rig.checker.wait_until_entered();  // the only thread is busy; the rest queues
  rig.pool->submit(request_of(2, kBad), 100);
  rig.pool->submit(commit_of(1), ReplicaId(1), 100);
  rig.pool->submit(commit_of(2, kBad), ReplicaId(2), 100);
  rig.checker.open();
  rig.collect_all();
  BOOST_TEST(rig.order == "RMmr");
  BOOST_TEST((rig.answered == ClientId(2)));
}

BOOST_AUTO_TEST_CASE(one_sender_drowns_itself_alone) {
  Rig rig(1, true);
  for (std::size_t i = 0; i < VerificationPool::kMaxJobsPerSender; ++i) {
    BOOST_REQUIRE(!rig.pool->submit(commit_of(1), ReplicaId(1), 1));
  }
  BOOST_TEST((rig.pool->submit(commit_of(1), ReplicaId(1), 1) == RejectReason::overloaded));
  BOOST_TEST(!rig.pool->submit(commit_of(2), ReplicaId(2), 1));
  BOOST_TEST(!rig.pool->submit(request_of(1), 1));  // client 1 is not replica 1
  BOOST_TEST(rig.pool->pending() == VerificationPool::kMaxJobsPerSender + 2);
  rig.checker.open();
  rig.collect_all();
  BOOST_TEST(rig.order.size() == VerificationPool::kMaxJobsPerSender + 2);
  BOOST_TEST(!rig.pool->submit(commit_of(1), ReplicaId(1), 1));  // the quota is free again
  rig.collect_all();
}

BOOST_AUTO_TEST_CASE(bytes_count_too_but_one_job_always_fits) {
  Rig rig(1, true);
  const std::size_t most = VerificationPool::kMaxBytesPerSender;
  BOOST_TEST(!rig.pool->submit(commit_of(1), ReplicaId(1), most + 1));
  BOOST_TEST((rig.pool->submit(commit_of(1), ReplicaId(1), 1) == RejectReason::overloaded));
  BOOST_TEST(!rig.pool->submit(commit_of(2), ReplicaId(2), most - 1));
  BOOST_TEST(!rig.pool->submit(commit_of(2), ReplicaId(2), 1));
  BOOST_TEST((rig.pool->submit(commit_of(2), ReplicaId(2), 1) == RejectReason::overloaded));
  rig.checker.open();
  rig.collect_all();
  BOOST_TEST(rig.order == "MMM");
}

BOOST_AUTO_TEST_CASE(it_ends_with_jobs_queued) {
  Rig rig(1, true);
  for (int i = 0; i < 10; ++i) rig.pool->submit(commit_of(1), ReplicaId(1), 1);
  rig.checker.wait_until_entered();
  rig.checker.open();
  rig.pool.reset();
  BOOST_TEST(rig.order.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// Read-index: what may confirm that a leader still leads.
#include <boost/test/unit_test.hpp>

#include "crypto/authenticator.hpp"
#include "raft/engine.hpp"

namespace breakwater::raft {
namespace {

const ChannelAuthenticator kChannel;

// What it sends in answer, once its transaction is durable.
std::vector<Outbound> step(RaftEngine& engine, const MessagePtr& message) {
  engine.step(std::move(*kChannel.authenticate(message, message->sender()).good));
  std::vector<Outbound> sent;
  for (Ready ready = engine.take_ready(); !ready.empty(); ready = engine.take_ready()) {
    if (!ready.persist.empty()) engine.persisted(ready.token);
    std::ranges::move(ready.send, std::back_inserter(sent));
  }
  return sent;
}

MessagePtr append_of(std::uint64_t term, std::uint64_t round) {
  return std::make_shared<AppendEntries>(ReplicaId(0), ViewNumber(term), SequenceNumber(0), ViewNumber(0),
                                         SequenceNumber(0), round, std::vector<Entry>{});
}

std::optional<std::uint64_t> round_in(const std::vector<Outbound>& sent) {
  for (const Outbound& outbound : sent) {
    const auto* result = dynamic_cast<const AppendEntriesResult*>(outbound.message.get());
    if (result != nullptr) return result->round;
  }
  return std::nullopt;
}

BOOST_AUTO_TEST_SUITE(raft_reads)

// Replica 0 led in term 1, died, and leads in term 2, where it counts its rounds from 1 again. An append of its first
// life that was long on its way must not confirm a round of the second.
BOOST_AUTO_TEST_CASE(an_append_of_an_earlier_term_confirms_no_round) {
  Config config;
  config.self = ReplicaId(1);
  auto created = RaftEngine::create(config, {});
  BOOST_REQUIRE(created.has_value());
  RaftEngine& engine = **created;
  BOOST_TEST(round_in(step(engine, append_of(1, 7))).value_or(0) == 7u);
  BOOST_TEST(round_in(step(engine, append_of(2, 1))).value_or(0) == 1u);
  const auto answer = round_in(step(engine, append_of(1, 40)));
  BOOST_REQUIRE(answer.has_value());  // so that an old leader learns of the term
  BOOST_TEST(*answer == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::raft

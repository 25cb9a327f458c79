// Each strategy changes what a correct engine sends, as its name says, and nothing before `from`.
#include "adversary/strategies.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "crypto/authenticator.hpp"
#include "crypto/batch.hpp"
#include "pbft/evidence.hpp"
#include "sim/stand_in_crypto.hpp"
#include "tests/support/idle_engine.hpp"

using namespace breakwater;

namespace {

// Sends what the test puts into `ready`, and remembers what came in.
class FakeEngine final : public testing::IdleEngine {
 public:
  struct State {
    Ready ready;
    std::vector<MessagePtr> stepped;
    SequenceNumber chosen;
  };
  explicit FakeEngine(State& state) : state_(state) {}
  void step(Verified<MessagePtr> message) override { state_.stepped.push_back(*message); }
  Ready take_ready() override { return std::exchange(state_.ready, {}); }
  EngineStatus status() const override {
    EngineStatus status;
    status.chosen = state_.chosen;
    return status;
  }

 private:
  State& state_;
};

constexpr PersistToken kToken{7};

// A lying replica 0 of four.
struct Liar {
  explicit Liar(const std::string& strategy) : crypto(hash("adversary test", {})) {
    config.self = ReplicaId(0);
    config.cluster = hash("adversary test", {});
    config.incarnations = Incarnations::of(4);
    signer = std::make_unique<sim::StandInSigner>(crypto, config.signatory(config.self));
    engine = adversary::decorate(std::make_unique<FakeEngine>(correct), adversary::parse_strategy(strategy).value(),
                                 config, *signer);
  }

  SignedStatement sign(StatementKind kind, std::uint32_t signer_id, std::uint64_t n, const Digest& digest) const {
    const Statement s{kind,          config.cluster,    config.signatory(ReplicaId(signer_id)),
                      ViewNumber(0), SequenceNumber(n), digest};
    return {s, crypto.sign(s)};
  }
  RequestPtr request(std::uint64_t number) const {
    Request r = make_request(ClientId(1), RequestNumber(number), encode_commands({to_bytes("command")}), {});
    r.signature = crypto.sign(request_statement(config.cluster, r));
    return std::make_shared<const Request>(std::move(r));
  }
  std::shared_ptr<const pbft::PrePrepare> proposal(std::uint64_t n, std::uint64_t requests,
                                                   std::uint32_t by = 0) const {
    std::vector<RequestPtr> list;
    for (std::uint64_t i = 1; i <= requests; ++i) list.push_back(request(i));
    const BatchPtr batch = make_batch(AgreedTime(1000), list);
    return std::make_shared<pbft::PrePrepare>(sign(StatementKind::pre_prepare, by, n, batch->digest), batch);
  }
  std::shared_ptr<const pbft::Commit> commit(std::uint64_t n, std::uint32_t by = 0) const {
    return std::make_shared<pbft::Commit>(sign(StatementKind::commit, by, n, hash("batch", {})));
  }
  std::shared_ptr<const pbft::Prepare> prepare(std::uint64_t n) const {
    const Digest digest = hash("batch", {});
    const SignedStatement answered = sign(StatementKind::pre_prepare, 1, n, digest);
    return std::make_shared<pbft::Prepare>(sign(StatementKind::prepare, 0, n, digest), answered.statement.signer,
                                           answered.signature);
  }

  // What leaves when the correct engine sends `message`.
  std::vector<Outbound> send(MessagePtr message, std::optional<ReplicaId> to = std::nullopt) {
    correct.ready.send.push_back({to, std::move(message), kToken});
    return engine->take_ready().send;
  }
  void receive(MessagePtr message) {
    const SignatureAuthenticator authenticator(crypto, config.cluster);
    const ReplicaId sender = message->sender();
    engine->step(std::move(*authenticator.authenticate(std::move(message), sender).good));
  }
  Authenticated authenticate(const MessagePtr& message) const {
    return SignatureAuthenticator(crypto, config.cluster).authenticate(message, message->sender());
  }

  sim::StandInCrypto crypto;
  pbft::Config config;
  std::unique_ptr<sim::StandInSigner> signer;
  FakeEngine::State correct;
  std::unique_ptr<Engine> engine;
};

template <class M>
std::vector<std::pair<ReplicaId, std::shared_ptr<const M>>> addressed(const std::vector<Outbound>& sent) {
  std::vector<std::pair<ReplicaId, std::shared_ptr<const M>>> out;
  for (const Outbound& o : sent) {
    if (auto m = std::dynamic_pointer_cast<const M>(o.message)) out.emplace_back(o.to.value(), m);
  }
  return out;
}

bool is_just(const std::vector<Outbound>& sent, const MessagePtr& message) {
  return sent.size() == 1 && sent[0].message == message && !sent[0].to && sent[0].after == kToken;
}

struct Outbox final : Outlet {
  void send(std::optional<ReplicaId>, const MessagePtr& message) override {
    ++sent;
    messages.push_back(message);
  }
  void reply(const Reply& reply) override { replies.push_back(reply); }
  int sent = 0;
  std::vector<MessagePtr> messages;
  std::vector<Reply> replies;
};

Reply reply_of(std::uint64_t sequence) {
  Reply reply{};
  reply.sequence = SequenceNumber(sequence);
  reply.view = ViewNumber(2);
  reply.results = {to_bytes("a result")};
  return reply;
}

const std::vector<std::string> kEngineStrategies = {
    "equivocate",      "silent",       "slow",       "censor", "forge",   "double-vote", "bad-checkpoint",
    "bad-view-change", "bad-new-view", "view-flood", "replay", "corrupt", "random",      "collude"};

}  // namespace

BOOST_AUTO_TEST_SUITE(adversary_strategies)

BOOST_AUTO_TEST_CASE(every_name_parses_alone_and_with_from) {
  BOOST_TEST(adversary::strategy_names().size() == 16u);
  for (const std::string_view name : adversary::strategy_names()) {
    const auto plain = adversary::parse_strategy(name);
    BOOST_TEST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->name == name);
    BOOST_TEST(plain->from.value == 0u);
    const auto late = adversary::parse_strategy(std::string(name) + ":from=20");
    BOOST_TEST_REQUIRE(late.has_value());
    BOOST_TEST(late->name == name);
    BOOST_TEST(late->from.value == 20u);
    BOOST_TEST(late->options.at("from") == "20");
    BOOST_TEST(late->text == std::string(name) + ":from=20");
  }
}

BOOST_DATA_TEST_CASE(what_is_no_strategy_is_refused_in_one_line,
                     boost::unit_test::data::make(std::vector<std::string>{"",
                                                                           "honest",
                                                                           "Equivocate",
                                                                           "equivocate:",
                                                                           "equivocate:from",
                                                                           "equivocate:from=",
                                                                           "equivocate:from=x",
                                                                           "equivocate:from=-1",
                                                                           "equivocate:from=1x",
                                                                           "equivocate:until=3",
                                                                           "equivocate:from=1,from=2",
                                                                           "equivocate:from=1,",
                                                                           "equivocate:from=99999999999999999999",
                                                                           "equivocate:delay_ms=5",
                                                                           "equivocate:=5",
                                                                           "slow:client=1",
                                                                           "slow:delay_ms=",
                                                                           "slow:delay_ms=-1",
                                                                           "slow:delay_ms=5,delay_ms=5",
                                                                           "censor:client=",
                                                                           "censor:client=desk",
                                                                           "censor:client=desk-",
                                                                           "censor:client=desk-x",
                                                                           "censor:client=4294967296",
                                                                           "random:seed=one",
                                                                           "random:delay_ms=1",
                                                                           "collude:with=",
                                                                           "collude:with=1+",
                                                                           "collude:with=64",
                                                                           "collude:with=1,with=2"}),
                     text) {
  const auto parsed = adversary::parse_strategy(text);
  BOOST_TEST_REQUIRE(!parsed.has_value());
  BOOST_TEST(parsed.error().find('\n') == std::string::npos);
  BOOST_TEST(!parsed.error().empty());
}

BOOST_AUTO_TEST_CASE(some_strategies_take_an_option_of_their_own) {
  const auto own = [](const std::string& text) { return adversary::parse_strategy(text).value().own_option; };
  BOOST_TEST(own("slow:delay_ms=40").value() == 40u);
  BOOST_TEST(own("random:seed=7,from=3").value() == 7u);
  BOOST_TEST(own("censor:client=5").value() == 5u);
  BOOST_TEST(own("collude:with=1").value() == 2u);
  BOOST_TEST(own("collude:from=3,with=0+2+63").value() == (1u | 4u | std::uint64_t{1} << 63));
  BOOST_TEST(own("censor:client=desk-12").value() == 12u);
  BOOST_TEST(own("censor:client=operator").value() == 0u);
  BOOST_TEST(!own("slow:from=3").has_value());
  BOOST_TEST(adversary::parse_strategy("random:seed=7,from=3").value().from.value == 3u);
  const std::string line = adversary::parse_strategy("slow:client=1").error();
  BOOST_TEST(line.find("from=SEQUENCE and delay_ms=MILLISECONDS") != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_answered_with_the_known_ones) {
  const std::string line = adversary::parse_strategy("honest").error();
  for (const std::string_view name : adversary::strategy_names()) {
    BOOST_TEST(line.find(name) != std::string::npos);
  }
}

BOOST_DATA_TEST_CASE(nothing_changes_before_from, boost::unit_test::data::make(kEngineStrategies), name) {
  Liar liar(name + ":from=20");
  for (std::uint64_t n = 1; n < 20; ++n) {
    liar.correct.chosen = SequenceNumber(n - 1);
    for (const MessagePtr& message : std::vector<MessagePtr>{liar.proposal(n, 3), liar.prepare(n), liar.commit(n)}) {
      BOOST_TEST(is_just(liar.send(message), message), "slot " << n << ", " << message->name());
    }
  }
}

BOOST_DATA_TEST_CASE(what_is_persisted_stays_as_it_was, boost::unit_test::data::make(kEngineStrategies), name) {
  Liar liar(name);
  liar.correct.ready.token = kToken;
  liar.correct.ready.persist.push_back({Table::journal, to_bytes("key"), to_bytes("value")});
  liar.correct.ready.execute.push_back({SequenceNumber(1), ViewNumber(0), nullptr, false});
  liar.correct.ready.send.push_back({std::nullopt, liar.proposal(1, 3), kToken});
  const Ready ready = liar.engine->take_ready();
  BOOST_TEST(ready.token.value == kToken.value);
  BOOST_TEST_REQUIRE(ready.persist.size() == 1u);
  BOOST_TEST((ready.persist[0].value == to_bytes("value")));
  BOOST_TEST(ready.execute.size() == 1u);
}

BOOST_DATA_TEST_CASE(equivocate_proposes_two_well_signed_batches,
                     boost::unit_test::data::make({3u, 4u, 5u, 3u, 4u, 6u, 7u}) ^
                         boost::unit_test::data::make({3u, 3u, 3u, 1u, 1u, 2u, 2u}) ^
                         boost::unit_test::data::make(std::vector<std::string>{"order", "membership", "time", "time",
                                                                               "time", "order", "membership"}),
                     slot, requests, expected) {
  Liar liar("equivocate");
  const auto honest = liar.proposal(slot, requests);
  const std::vector<Outbound> sent = liar.send(honest);
  const auto proposals = addressed<pbft::PrePrepare>(sent);
  BOOST_TEST_REQUIRE(proposals.size() == 3u);
  BOOST_TEST(proposals[0].second == honest);
  BOOST_TEST(proposals[1].second == proposals[2].second);
  const auto& lie = proposals[1].second;
  BOOST_TEST(liar.authenticate(lie).good.has_value());

  const auto found = pbft::contradiction(honest->header, lie->header, {});
  BOOST_TEST_REQUIRE(found.has_value());
  BOOST_TEST(pbft::judge(*found, liar.crypto, liar.config).has_value());
  const std::string differs = lie->batch->time != honest->batch->time                         ? "time"
                              : lie->batch->requests.size() != honest->batch->requests.size() ? "membership"
                                                                                              : "order";
  BOOST_TEST(differs == expected);

  // Each backup gets a commit for what it was told; all of it waits for the disk as the honest proposal does.
  const auto commits = addressed<pbft::Commit>(sent);
  BOOST_TEST_REQUIRE(commits.size() == 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(commits[i].first.value == proposals[i].first.value);
    BOOST_TEST((commits[i].second->digest() == proposals[i].second->digest()));
    BOOST_TEST(liar.authenticate(commits[i].second).good.has_value());
  }
  for (const Outbound& o : sent) BOOST_TEST(o.after->value == kToken.value);
}

BOOST_AUTO_TEST_CASE(equivocate_tells_each_backup_the_same_again) {
  Liar liar("equivocate");
  const auto honest = liar.proposal(4, 3);
  for (const auto& [to, told] : addressed<pbft::PrePrepare>(liar.send(honest))) {
    const auto again = addressed<pbft::PrePrepare>(liar.send(honest, to));
    BOOST_TEST_REQUIRE(again.size() == 1u);
    BOOST_TEST(again[0].first.value == to.value);
    BOOST_TEST((again[0].second->header == told->header));
  }
}

BOOST_DATA_TEST_CASE(others_proposals_pass_unchanged,
                     boost::unit_test::data::make(std::vector<std::string>{"equivocate", "forge"}), name) {
  Liar liar(name);
  const auto relayed = liar.proposal(4, 3, 1);
  BOOST_TEST(is_just(liar.send(relayed), relayed));
}

BOOST_AUTO_TEST_CASE(silent_hears_and_says_nothing) {
  Liar liar("silent");
  BOOST_TEST(liar.send(liar.commit(1)).empty());
  BOOST_TEST(liar.send(liar.proposal(2, 1)).empty());
  liar.receive(liar.commit(1, 2));
  BOOST_TEST(liar.correct.stepped.size() == 1u);
}

BOOST_AUTO_TEST_CASE(silent_from_a_slot_begins_when_the_group_is_there) {
  Liar liar("silent:from=5");
  liar.correct.chosen = SequenceNumber(3);
  BOOST_TEST(liar.send(liar.commit(5)).size() == 1u);
  liar.correct.chosen = SequenceNumber(4);
  BOOST_TEST(liar.send(liar.commit(5)).empty());
}

BOOST_AUTO_TEST_CASE(silent_does_not_answer_clients_either) {
  Outbox honest;
  const auto outlet = adversary::decorate_outlet(honest, adversary::parse_strategy("silent:from=5").value());
  BOOST_TEST_REQUIRE(outlet != nullptr);
  outlet->reply(reply_of(4));
  outlet->reply(reply_of(0));
  BOOST_TEST(honest.replies.size() == 2u);
  outlet->reply(reply_of(5));
  outlet->reply(reply_of(0));
  outlet->reply(reply_of(4));
  BOOST_TEST(honest.replies.size() == 2u);
}

BOOST_DATA_TEST_CASE(forge_signs_what_no_client_signed, boost::unit_test::data::make({4, 5}), n) {
  Liar liar("forge");
  const std::vector<Outbound> sent = liar.send(liar.proposal(static_cast<std::uint64_t>(n), 2));
  BOOST_TEST_REQUIRE(sent.size() == 1u);
  const auto lie = std::dynamic_pointer_cast<const pbft::PrePrepare>(sent[0].message);
  BOOST_TEST_REQUIRE(lie != nullptr);
  BOOST_TEST(lie->batch->requests.size() == (n == 4 ? 3u : 2u));  // invented, edited
  BOOST_TEST(liar.authenticate(lie).spoiled.has_value());
  const pbft::Evidence evidence{pbft::EvidenceKind::forged_request, lie->header, std::nullopt, lie->batch->encoded};
  BOOST_TEST(pbft::judge(evidence, liar.crypto, liar.config).has_value());
}

BOOST_AUTO_TEST_CASE(forge_keeps_within_the_batch_limit) {
  Liar liar("forge");
  const std::vector<Outbound> sent = liar.send(liar.proposal(4, liar.config.max_batch_requests));
  const auto lie = std::dynamic_pointer_cast<const pbft::PrePrepare>(sent.at(0).message);
  BOOST_TEST(lie->batch->requests.size() == liar.config.max_batch_requests);
  BOOST_TEST(liar.authenticate(lie).spoiled.has_value());
}

BOOST_AUTO_TEST_CASE(double_vote_says_both_to_everybody) {
  Liar liar("double-vote");
  for (const MessagePtr& honest : std::vector<MessagePtr>{liar.commit(5), liar.prepare(5), liar.prepare(4)}) {
    const std::vector<Outbound> sent = liar.send(honest);
    BOOST_TEST_REQUIRE(sent.size() == 2u);
    BOOST_TEST(sent[0].message == honest);
    const auto first = std::dynamic_pointer_cast<const pbft::StatementMessage>(honest);
    const auto second = std::dynamic_pointer_cast<const pbft::StatementMessage>(sent[1].message);
    BOOST_TEST_REQUIRE(second != nullptr);
    BOOST_TEST(!sent[1].to);
    BOOST_TEST((sent[1].after == kToken));
    const auto found = pbft::contradiction(first->header, second->header, {});
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(pbft::judge(*found, liar.crypto, liar.config).has_value());
  }
}

BOOST_AUTO_TEST_CASE(double_vote_tells_halves_different_commits_of_even_slots) {
  Liar liar("double-vote");
  const auto votes = addressed<pbft::Commit>(liar.send(liar.commit(4)));
  BOOST_TEST_REQUIRE(votes.size() == 3u);
  for (const auto& [to, vote] : votes) {
    BOOST_TEST((vote->digest() == liar.commit(4)->digest()) == (to.value % 2 == 0));
    BOOST_TEST(liar.authenticate(vote).good.has_value());
  }
}

BOOST_AUTO_TEST_CASE(double_vote_leaves_everything_else_alone) {
  Liar liar("double-vote");
  const auto checkpoint =
      std::make_shared<pbft::Checkpoint>(liar.sign(StatementKind::checkpoint, 0, 128, hash("root", {})));
  BOOST_TEST(is_just(liar.send(checkpoint), checkpoint));
  const auto proposal = liar.proposal(4, 2);
  BOOST_TEST(is_just(liar.send(proposal), proposal));
}

BOOST_AUTO_TEST_CASE(corrupt_spoils_every_third_message) {
  Liar liar("corrupt");
  for (std::uint64_t i = 0; i < 60; ++i) {
    const MessagePtr honest = i % 2 == 0 ? MessagePtr(liar.proposal(4, 2)) : MessagePtr(liar.commit(4));
    const std::vector<Outbound> sent = liar.send(honest);
    BOOST_TEST_REQUIRE(sent.size() == 1u);
    const Authenticated checked = liar.authenticate(sent[0].message);
    // Damaged after signing: it convicts nobody.
    BOOST_TEST(checked.dropped.has_value() == (i % 3 == 2), "message " << i);
    BOOST_TEST(checked.good.has_value() == (i % 3 != 2), "message " << i);
  }
}

BOOST_AUTO_TEST_CASE(corrupt_spoils_what_is_sent_to_those_who_lag) {
  Liar liar("corrupt");
  const BatchPtr batch = liar.proposal(4, 2)->batch;
  Certificate commits{without_signer(liar.sign(StatementKind::commit, 0, 4, batch->digest).statement), {}};
  for (std::uint32_t r = 0; r < 3; ++r) {
    commits.entries.push_back(
        {ReplicaId(r), Incarnation(0), liar.sign(StatementKind::commit, r, 4, batch->digest).signature});
  }
  const auto slot = std::make_shared<pbft::DecidedSlot>(ReplicaId(0), commits, batch);
  int spoiled = 0;
  for (int i = 0; i < 9; ++i) spoiled += liar.authenticate(liar.send(slot).at(0).message).dropped.has_value();
  BOOST_TEST(spoiled == 3);
}

BOOST_AUTO_TEST_CASE(replay_says_old_messages_of_itself_and_others_again) {
  Liar liar("replay");
  const auto heard = liar.commit(1, 2);
  liar.receive(heard);
  BOOST_TEST(liar.correct.stepped.size() == 1u);
  const auto first = liar.commit(2), second = liar.commit(3);
  std::vector<Outbound> sent = liar.send(first);
  BOOST_TEST_REQUIRE(sent.size() == 2u);
  BOOST_TEST(sent[0].message == heard);
  BOOST_TEST(sent[1].message == first);
  sent = liar.send(second);
  BOOST_TEST_REQUIRE(sent.size() == 2u);
  BOOST_TEST(sent[0].message == first);
  BOOST_TEST((sent[0].after == kToken));  // its own still waits for the disk
  BOOST_TEST(sent[1].message == second);
}

BOOST_AUTO_TEST_CASE(replay_remembers_the_oldest_for_good_within_a_bound) {
  Liar liar("replay");
  const auto oldest = liar.commit(1, 2);
  liar.receive(oldest);
  for (std::uint64_t n = 2; n < 2000; ++n) liar.receive(liar.commit(n, 2));
  std::set<const Message*> replayed;
  for (int i = 0; i < 3000; ++i) replayed.insert(liar.send(liar.commit(1)).at(0).message.get());
  BOOST_TEST(replayed.contains(oldest.get()));
}

BOOST_AUTO_TEST_CASE(lie_to_clients_answers_wrongly_from_its_slot_on) {
  Outbox honest;
  const auto outlet = adversary::decorate_outlet(honest, adversary::parse_strategy("lie-to-clients:from=5").value());
  BOOST_TEST_REQUIRE(outlet != nullptr);
  outlet->reply(reply_of(4));
  BOOST_TEST((honest.replies.back().results == reply_of(4).results));
  BOOST_TEST(honest.replies.back().view.value == 2u);
  for (int i = 0; i < 8; ++i) {
    outlet->reply(reply_of(6));
    const Reply& lie = honest.replies.back();
    BOOST_TEST(lie.view.value != 2u);
    BOOST_TEST((lie.results != reply_of(6).results || lie.status != ReplyStatus::executed || lie.sequence.value != 6));
  }
  Reply empty = reply_of(7);
  empty.results = {{}};
  for (int i = 0; i < 4; ++i) outlet->reply(empty);  // nothing to flip, nothing to crash on
  outlet->send(std::nullopt, nullptr);
  BOOST_TEST(honest.sent == 1);
}

BOOST_AUTO_TEST_CASE(only_these_strategies_touch_the_answers_to_clients) {
  for (const std::string_view name : adversary::strategy_names()) {
    Outbox honest;
    const auto outlet = adversary::decorate_outlet(honest, adversary::parse_strategy(name).value());
    if (outlet == nullptr) continue;
    outlet->reply(reply_of(4));
    const bool same = honest.replies.size() == 1 && honest.replies[0].results == reply_of(4).results &&
                      honest.replies[0].view == reply_of(4).view;
    BOOST_TEST(same == (name != "lie-to-clients" && name != "silent"), name);
  }
}

BOOST_AUTO_TEST_CASE(random_signs_what_it_changes_of_its_own_and_damages_what_others_signed) {
  Liar liar("random");
  int changed = 0;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    const auto mine = liar.commit(i % 20 + 1);
    for (const Outbound& outbound : liar.send(mine)) {
      BOOST_TEST(liar.authenticate(outbound.message).good.has_value());
      BOOST_TEST((outbound.after == kToken));
      changed += outbound.message != mine;
    }
    const auto others = liar.commit(i % 20 + 1, 2);
    for (const Outbound& outbound : liar.send(others)) {
      const auto& header = dynamic_cast<const pbft::StatementMessage&>(*outbound.message).header;
      BOOST_TEST(liar.authenticate(outbound.message).good.has_value() == (header == others->header));
    }
  }
  BOOST_TEST(changed > 40);
}

BOOST_AUTO_TEST_CASE(random_damages_archived_slots_on_their_way_out) {
  Liar liar("random");
  const BatchPtr batch = liar.proposal(4, 2)->batch;
  Certificate commits{without_signer(liar.sign(StatementKind::commit, 0, 4, batch->digest).statement), {}};
  for (std::uint32_t r = 0; r < 3; ++r) {
    commits.entries.push_back(
        {ReplicaId(r), Incarnation(0), liar.sign(StatementKind::commit, r, 4, batch->digest).signature});
  }
  Outbox honest;
  const auto outlet = adversary::decorate_outlet(honest, adversary::parse_strategy("random").value());
  const auto slot = std::make_shared<pbft::DecidedSlot>(ReplicaId(0), commits, batch);
  for (int i = 0; i < 100; ++i) outlet->send(ReplicaId(1), slot);
  BOOST_TEST(honest.sent == 100);
  const auto changed = std::ranges::count_if(honest.messages, [&](const MessagePtr& m) { return m != slot; });
  BOOST_TEST(changed > 10);
  BOOST_TEST(changed < 60);
}

BOOST_AUTO_TEST_CASE(lie_to_clients_orders_honestly) {
  Liar liar("lie-to-clients");
  const auto message = liar.commit(4);
  BOOST_TEST(is_just(liar.send(message), message));
}

BOOST_AUTO_TEST_SUITE_END()

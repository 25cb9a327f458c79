// What a replica process does differently for each engine: frames, the question of an empty store, what peers say of
// the group's history, and whose slots a store holds.
#include "node/engine_kit.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "crypto/batch.hpp"
#include "pbft/messages.hpp"
#include "raft/messages.hpp"
#include "store/memory_disk.hpp"

namespace breakwater {
namespace {

ClusterConfig cluster_of(const std::string& engine) {
  ClusterConfig config;
  config.engine = engine;
  for (std::uint32_t id = 0; id < config.kind().default_replicas; ++id) config.replicas[ReplicaId(id)] = {};
  return config;
}

ClusterConfig with(ClusterConfig config, const BenchSettings& settings) {
  config.bench = settings;
  return config;
}

// The kit of replica 1, with what must outlive it.
struct Bench {
  explicit Bench(const std::string& engine, const BenchSettings& settings = {})
      : cluster(with(cluster_of(engine), settings)),
        roster(cluster.roster()),
        kit(make_engine_kit(cluster, ReplicaId(1), {{{Incarnation(0), Seed{{1}}}}, Incarnation(0)}, roster)) {}
  bool has_history(const Message& message, const GivenHistory& given = {}) const {
    const std::optional<PeerReport> report = kit->report_of(message, given);
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST((report->peer == message.sender()));
    return report->has_history;
  }
  ClusterConfig cluster;
  Roster roster;
  std::unique_ptr<EngineKit> kit;
};

raft::Status raft_status(std::uint64_t term, std::uint64_t last, std::uint64_t committed) {
  return {ReplicaId(2), ViewNumber(term), SequenceNumber(last), SequenceNumber(committed), false};
}

const char* const kEngines[] = {"pbft", "raft"};

BOOST_AUTO_TEST_SUITE(engine_kit)

BOOST_DATA_TEST_CASE(the_question_travels_and_shows_no_history, boost::unit_test::data::make(kEngines), engine) {
  const Bench bench(engine);
  const MessagePtr question = bench.kit->question({});
  BOOST_TEST((question->sender() == ReplicaId(1)));
  const auto received = bench.kit->decode(bench.kit->encode(*question));
  BOOST_REQUIRE(received.has_value());
  BOOST_TEST(!bench.has_history(**received));
}

// After an import, only what goes beyond the file is history; and who was given nothing sees that others were.
BOOST_DATA_TEST_CASE(imported_history_is_no_news_to_its_equals, boost::unit_test::data::make(kEngines), engine) {
  const Bench bench(engine);
  const GivenHistory given{SequenceNumber(64), ViewNumber(engine == std::string("raft") ? 3 : 0)};
  const GivenHistory more{SequenceNumber(128), given.term};
  const MessagePtr question = bench.kit->question(given);
  BOOST_TEST(!bench.has_history(*question, given));
  BOOST_TEST(bench.has_history(*question));
  BOOST_TEST(bench.has_history(*bench.kit->question(more), given));
  BOOST_TEST(!bench.has_history(*bench.kit->question({}), given));
}

BOOST_AUTO_TEST_CASE(a_frame_of_the_other_engine_is_refused) {
  const Bench pbft("pbft"), raft("raft");
  BOOST_TEST((raft.kit->decode(pbft.kit->encode(*pbft.kit->question({}))).error() == RejectReason::malformed));
  BOOST_TEST((pbft.kit->decode(raft.kit->encode(*raft.kit->question({}))).error() == RejectReason::malformed));
}

BOOST_AUTO_TEST_CASE(any_trace_of_pbfts_work_is_history) {
  const Bench bench("pbft");
  const auto shows = [&](auto change) {
    pbft::Status status{ReplicaId(2)};
    change(status);
    return bench.has_history(status);
  };
  BOOST_TEST(!shows([](pbft::Status&) {}));
  BOOST_TEST(shows([](pbft::Status& s) { s.view = ViewNumber(1); }));
  BOOST_TEST(shows([](pbft::Status& s) { s.view_changing = true; }));
  BOOST_TEST(shows([](pbft::Status& s) { s.decided = SequenceNumber(1); }));
  BOOST_TEST(shows([](pbft::Status& s) { s.stable_checkpoint = SequenceNumber(128); }));
  BOOST_TEST(shows([](pbft::Status& s) { s.slots = {{SequenceNumber(1), pbft::Status::kHasPrePrepare}}; }));
}

BOOST_AUTO_TEST_CASE(any_trace_of_rafts_work_is_history) {
  const Bench bench("raft");
  BOOST_TEST(!bench.has_history(raft_status(0, 0, 0)));
  BOOST_TEST(bench.has_history(raft_status(1, 0, 0)));
  BOOST_TEST(bench.has_history(raft_status(0, 1, 0)));
  BOOST_TEST(bench.has_history(raft_status(0, 0, 1)));
}

BOOST_AUTO_TEST_CASE(other_messages_tell_nothing) {
  const Bench bench("raft");
  const raft::RequestVoteResult vote(ReplicaId(2), ViewNumber(3), false, true);
  BOOST_TEST(!bench.kit->report_of(vote, {}).has_value());
}

BOOST_AUTO_TEST_CASE(raft_signs_nothing) {
  BOOST_TEST((Bench("pbft").kit->reply_signer() != nullptr));
  BOOST_TEST((Bench("raft").kit->reply_signer() == nullptr));
}

// A harbor made for measurement: a request without a signature is taken where that is waived, and only there.
BOOST_AUTO_TEST_CASE(requests_are_checked_unless_that_is_waived) {
  const auto request = std::make_shared<const Request>(
      make_request(ClientId(1), RequestNumber(1), encode_commands({to_bytes("command")}), {}));
  const auto takes = [&](const std::string& engine, const BenchSettings& settings) {
    Bench bench(engine, settings);
    bench.roster.add_client(ClientId(1), {PublicKey{{1}}, ClientRole::desk});
    return bench.kit->authenticator().authenticate(request).has_value();
  };
  BOOST_TEST(!takes("pbft", {}));
  BOOST_TEST(!takes("pbft", {.insecure_unsigned_votes = true}));
  BOOST_TEST(takes("pbft", {.insecure_unsigned_requests = true}));
  BOOST_TEST(takes("raft", {}));
  BOOST_TEST(!takes("raft", {.signed_requests = true}));
}

BOOST_AUTO_TEST_CASE(an_unsigned_replica_makes_no_signature) {
  const Statement statement{StatementKind::commit, {}, {SignerRole::replica, 1, Incarnation(0)}, ViewNumber(0),
                            SequenceNumber(1),     {}};
  const Bench honest("pbft");
  honest.kit->reply_signer()->sign(statement);
  BOOST_TEST(honest.kit->signatures().made == 1u);
  const Bench unsigned_one("pbft", {.insecure_unsigned_votes = true});
  unsigned_one.kit->reply_signer()->sign(statement);
  BOOST_TEST(unsigned_one.kit->signatures().made == 0u);
}

BOOST_AUTO_TEST_CASE(the_channel_alone_says_who_sends_in_raft) {
  const Bench bench("raft");
  const MessagePtr question = bench.kit->question({});
  BOOST_TEST(bench.kit->authenticator().authenticate(question, ReplicaId(1)).good.has_value());
  BOOST_TEST(
      (bench.kit->authenticator().authenticate(question, ReplicaId(2)).dropped == RejectReason::sender_mismatch));
}

BOOST_AUTO_TEST_CASE(strategies_are_refused_where_they_make_no_sense) {
  BOOST_TEST(parse_strategy(cluster_of("pbft"), "collude").has_value());
  BOOST_TEST(parse_strategy(cluster_of("raft"), "equivocate").has_value());
  const auto refused = parse_strategy(cluster_of("raft"), "collude");
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().find("makes no sense in a raft group") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_tells_whose_slots_it_holds) {
  const raft::ArchivedEntry entry{SequenceNumber(1), {ViewNumber(2), nullptr}};
  const Certificate commits{{StatementKind::commit, {}, {}, ViewNumber(0), SequenceNumber(1), kNullDigest}, {}};
  const auto engine_with = [](const std::optional<Bytes>& record) {
    MemoryDisk disk;
    auto store = Store::open(disk, {Digest{{1}}, ReplicaId(1), Incarnation(0)});
    BOOST_REQUIRE(store->claim().has_value());
    if (record) BOOST_REQUIRE(store->commit(std::vector<Record>{{Table::archive, to_bytes("12345678"), *record}}));
    const auto engine = engine_of(*store);
    BOOST_REQUIRE(engine.has_value());
    return std::string(*engine);
  };
  BOOST_TEST(engine_with(std::nullopt) == "");
  BOOST_TEST(engine_with(raft::encode_archived(entry)) == "raft");
  BOOST_TEST(engine_with(pbft::encode_archived(commits, nullptr)) == "pbft");
  BOOST_TEST(engine_with(to_bytes("nothing")) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

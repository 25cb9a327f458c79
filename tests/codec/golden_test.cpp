// The bytes on the wire: golden frames (tests/codec/golden/, rewritten when BREAKWATER_REWRITE_GOLDEN is set) and
// round trips of every kind, compared field by field.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/codec/samples.hpp"

namespace breakwater {

namespace {

using samples::client_samples;
using samples::replica_samples;

struct Golden {
  std::string name;
  Bytes frame;
};

std::vector<Golden> all_frames() {
  std::vector<Golden> out;
  for (const auto& sample : replica_samples()) out.push_back({sample.name, encode_frame(*sample.message)});
  for (const auto& sample : samples::raft_samples()) out.push_back({sample.name, encode_frame(*sample.message)});
  for (const auto& sample : samples::transfer_samples()) out.push_back({sample.name, encode_frame(*sample.message)});
  for (const auto& sample : client_samples()) out.push_back({sample.name, sample.frame});
  return out;
}

std::filesystem::path golden_file(const std::string& name) {
  return std::filesystem::path(BREAKWATER_SOURCE_DIR) / "tests" / "codec" / "golden" / (name + ".hex");
}

void check_same(const SignedStatement& a, const SignedStatement& b) { BOOST_TEST((a == b)); }

void check_same_batch(const BatchPtr& a, const BatchPtr& b) {
  BOOST_REQUIRE_EQUAL(a == nullptr, b == nullptr);
  if (a == nullptr) return;
  BOOST_TEST((a->time == b->time && a->digest == b->digest && a->encoded == b->encoded));
  BOOST_REQUIRE_EQUAL(a->requests.size(), b->requests.size());
  for (std::size_t i = 0; i < a->requests.size(); ++i) BOOST_TEST((*a->requests[i] == *b->requests[i]));
}

void check_same_body(const pbft::ViewChange::Body& a, const pbft::ViewChange::Body& b) {
  BOOST_TEST((a.stable_checkpoint == b.stable_checkpoint));
  BOOST_TEST((a.prepared == b.prepared));
}

void check_same_content(const pbft::PrePrepare& a, const pbft::PrePrepare& b) { check_same_batch(a.batch, b.batch); }
void check_same_content(const pbft::Prepare& a, const pbft::Prepare& b) {
  BOOST_TEST((a.primary == b.primary && a.primary_signature == b.primary_signature));
}
void check_same_content(const pbft::ViewChange& a, const pbft::ViewChange& b) {
  BOOST_TEST((a.encoded_body == b.encoded_body));
  check_same_body(a.body, b.body);
}
void check_same_content(const pbft::NewView& a, const pbft::NewView& b) {
  BOOST_TEST((a.encoded_body == b.encoded_body));
  BOOST_TEST((a.body.pre_prepares == b.body.pre_prepares));
  BOOST_REQUIRE_EQUAL(a.body.view_changes.size(), b.body.view_changes.size());
  for (std::size_t i = 0; i < a.body.view_changes.size(); ++i) {
    check_same(a.body.view_changes[i]->header, b.body.view_changes[i]->header);
    check_same_body(a.body.view_changes[i]->body, b.body.view_changes[i]->body);
  }
}
void check_same_content(const pbft::Status& a, const pbft::Status& b) {
  BOOST_TEST((a.view == b.view && a.view_changing == b.view_changing));
  BOOST_TEST((a.stable_checkpoint == b.stable_checkpoint && a.decided == b.decided));
  BOOST_TEST((a.slots == b.slots && a.view_changes == b.view_changes && a.wanted_batches == b.wanted_batches));
}
void check_same_content(const pbft::RelayedRequest& a, const pbft::RelayedRequest& b) {
  BOOST_TEST((*a.request == *b.request));
}
void check_same_content(const pbft::BatchBody& a, const pbft::BatchBody& b) { check_same_batch(a.batch, b.batch); }
void check_same_content(const pbft::DecidedSlot& a, const pbft::DecidedSlot& b) {
  BOOST_TEST((a.commits == b.commits));
  check_same_batch(a.batch, b.batch);
}
void check_same_content(const pbft::Proof& a, const pbft::Proof& b) {
  check_same(a.first, b.first);
  check_same(a.second, b.second);
  BOOST_TEST((a.body == b.body));
}

template <class... Kinds>
void check_same_of(const pbft::PbftMessage& a, const pbft::PbftMessage& b) {
  ((dynamic_cast<const Kinds*>(&a) != nullptr
        ? check_same_content(dynamic_cast<const Kinds&>(a), dynamic_cast<const Kinds&>(b))
        : void()),
   ...);
}

void check_same(const pbft::PbftMessage& a, const pbft::PbftMessage& b) {
  BOOST_REQUIRE(a.kind() == b.kind());
  BOOST_TEST((a.sender() == b.sender()));
  const auto* statement = dynamic_cast<const pbft::StatementMessage*>(&a);
  if (statement != nullptr) check_same(statement->header, dynamic_cast<const pbft::StatementMessage&>(b).header);
  check_same_of<pbft::PrePrepare, pbft::Prepare, pbft::ViewChange, pbft::NewView, pbft::Status, pbft::RelayedRequest,
                pbft::BatchBody, pbft::DecidedSlot, pbft::Proof>(a, b);
}

struct CryptoStarted {
  CryptoStarted() { BOOST_REQUIRE(!crypto_start()); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(CryptoStarted);  // for the whole program

BOOST_AUTO_TEST_SUITE(golden_frames)

BOOST_AUTO_TEST_CASE(bytes_are_as_committed) {
  for (const Golden& golden : all_frames()) {
    BOOST_TEST_CONTEXT(golden.name) {
      const std::filesystem::path file = golden_file(golden.name);
      if (std::getenv("BREAKWATER_REWRITE_GOLDEN") != nullptr) std::ofstream(file) << to_hex(golden.frame) << "\n";
      std::string committed;
      std::ifstream(file) >> committed;
      BOOST_TEST(to_hex(golden.frame) == committed);
    }
  }
}

BOOST_AUTO_TEST_CASE(there_is_a_sample_of_every_kind) {
  std::set<pbft::MessageKind> kinds;
  for (const auto& sample : replica_samples()) kinds.insert(sample.message->kind());
  BOOST_TEST(kinds.size() == static_cast<std::size_t>(pbft::MessageKind::proof));
}

BOOST_AUTO_TEST_CASE(replica_messages_round_trip) {
  for (const auto& sample : replica_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const auto decoded = decode_pbft_frame(encode_frame(*sample.message));
      BOOST_REQUIRE(decoded.has_value());
      check_same(*sample.message, **decoded);
      BOOST_TEST((*decoded)->digests_match());
    }
  }
}

BOOST_AUTO_TEST_CASE(decoded_samples_authenticate) {
  const Ed25519Checker checker(samples::roster());
  const SignatureAuthenticator authenticator(checker, samples::roster().cluster());
  for (const auto& sample : replica_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const auto decoded = decode_pbft_frame(encode_frame(*sample.message));
      BOOST_REQUIRE(decoded.has_value());
      BOOST_TEST(authenticator.authenticate(*decoded, sample.message->sender()).good.has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_frame_at_an_odd_address_decodes) {
  for (const auto& sample : replica_samples()) {
    Bytes shifted(1, 0);
    const Bytes frame = encode_frame(*sample.message);
    shifted.insert(shifted.end(), frame.begin(), frame.end());
    const auto decoded = decode_pbft_frame(ByteView(shifted).subspan(1));
    BOOST_REQUIRE(decoded.has_value());
    check_same(*sample.message, **decoded);
  }
}

BOOST_AUTO_TEST_CASE(requests_and_queries_round_trip) {
  const RequestPtr request = samples::request(41, {to_bytes("reserve"), to_bytes("")});
  const auto decoded = decode_client_frame(encode_frame(*request));
  BOOST_REQUIRE(decoded.has_value());
  BOOST_TEST((*std::get<RequestPtr>(*decoded) == *request));
  for (const StatusQuery& asked : {StatusQuery{true, false}, StatusQuery{false, true}}) {
    const auto query = decode_client_frame(encode_frame(asked));
    BOOST_REQUIRE(query.has_value());
    BOOST_TEST(std::get<StatusQuery>(*query).with_state_digest == asked.with_state_digest);
    BOOST_TEST(std::get<StatusQuery>(*query).silence == asked.silence);
  }
  for (const std::set<ReplicaId>& cut_off : {std::set<ReplicaId>{}, {ReplicaId(0), ReplicaId(63)}}) {
    const auto order = decode_client_frame(encode_frame(PartitionOrder{cut_off}));
    BOOST_REQUIRE(order.has_value());
    BOOST_TEST((std::get<PartitionOrder>(*order).cut_off == cut_off));
  }
}

BOOST_DATA_TEST_CASE(replies_round_trip, boost::unit_test::data::make({true, false}), is_signed) {
  Reply reply = samples::signed_reply();
  if (!is_signed) {
    reply.signed_reply = false;
    reply.root = {};
    reply.signature = {};
    reply.path_index = reply.path_leaves = 0;
    reply.path.clear();
  }
  const auto decoded = decode_answer_frame(encode_frame(reply));
  BOOST_REQUIRE(decoded.has_value());
  const Reply& back = std::get<Reply>(*decoded);
  BOOST_TEST((back.replica == reply.replica && back.client == reply.client && back.number == reply.number));
  BOOST_TEST((back.request == reply.request && back.status == reply.status));
  BOOST_TEST((back.view == reply.view && back.sequence == reply.sequence && back.results == reply.results));
  BOOST_TEST((back.signed_reply == reply.signed_reply && back.root == reply.root));
  BOOST_TEST((back.signature == reply.signature && back.path == reply.path));
  BOOST_TEST((back.path_index == reply.path_index && back.path_leaves == reply.path_leaves));
}

BOOST_AUTO_TEST_CASE(reports_round_trip) {
  const StatusReport report = samples::report();
  const auto decoded = decode_answer_frame(encode_frame(report));
  BOOST_REQUIRE(decoded.has_value());
  const StatusReport& back = std::get<StatusReport>(*decoded);
  BOOST_TEST((back.replica == report.replica && back.engine == report.engine && back.role == report.role));
  BOOST_TEST((back.view == report.view && back.chosen == report.chosen && back.executed == report.executed));
  BOOST_TEST((back.stable_checkpoint == report.stable_checkpoint && back.state_digest == report.state_digest));
  BOOST_TEST((back.suspects == report.suspects && back.byzantine == report.byzantine));
  BOOST_TEST((back.waiting_for == report.waiting_for && back.counters == report.counters));
  BOOST_TEST((back.uptime_s == report.uptime_s && back.rss_bytes == report.rss_bytes));
  BOOST_TEST((back.cut_off == report.cut_off));
}

BOOST_AUTO_TEST_CASE(a_long_line_does_not_hide_a_report) {
  StatusReport report = samples::report();
  report.waiting_for.assign(100'000, 'x');
  report.suspects.assign(kMaxSigners + 10, ReplicaId(1));
  const auto decoded = decode_answer_frame(encode_frame(report));
  BOOST_REQUIRE(decoded.has_value());
  const std::string& cut = std::get<StatusReport>(*decoded).waiting_for;
  BOOST_TEST(!cut.empty());
  BOOST_TEST(report.waiting_for.starts_with(cut));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater

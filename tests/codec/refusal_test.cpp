// Well-formed frames that a reader must refuse, each with its reason: wrong kinds, wrong protocol, lists and bodies
// beyond their bounds.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "net/frame.hpp"
#include "net/schema/client_generated.h"
#include "net/schema/replica_generated.h"
#include "tests/codec/samples.hpp"

namespace breakwater {

namespace {

using samples::replica_samples;
using samples::signed_by_replica;

template <class Content>
std::string_view outcome(const std::expected<Content, RejectReason>& decoded) {
  return decoded ? std::string_view("decoded") : name_of(decoded.error());
}
std::string_view outcome(const pbft::PbftMessage& message) { return outcome(decode_pbft_frame(encode_frame(message))); }

pbft::PbftMessagePtr sample(std::string_view name) {
  for (const auto& item : replica_samples()) {
    if (item.name == name) return item.message;
  }
  BOOST_FAIL("no such sample");
  return nullptr;
}

template <class T>
T copy_of(std::string_view name) {
  return dynamic_cast<const T&>(*sample(name));
}

// A copy of the sample that only its header is changed of.
template <class T>
std::string_view outcome_with_header(std::string_view name, const SignedStatement& header) {
  T message = copy_of<T>(name);
  message.header = header;
  return outcome(message);
}

std::string_view outcome_with_header(std::string_view name, const SignedStatement& header) {
  if (name == "pre_prepare") return outcome_with_header<pbft::PrePrepare>(name, header);
  if (name == "prepare") return outcome_with_header<pbft::Prepare>(name, header);
  if (name == "commit") return outcome_with_header<pbft::Commit>(name, header);
  if (name == "checkpoint") return outcome_with_header<pbft::Checkpoint>(name, header);
  if (name == "view_change") return outcome_with_header<pbft::ViewChange>(name, header);
  return outcome_with_header<pbft::NewView>(name, header);
}

const char* const kStatementMessages[] = {"pre_prepare", "prepare", "commit", "checkpoint", "view_change", "new_view"};

Bytes replica_frame(flatbuffers::FlatBufferBuilder& builder, std::uint16_t protocol, wire::replica::Message kind,
                    flatbuffers::Offset<void> message) {
  wire::replica::FinishEnvelopeBuffer(builder, wire::replica::CreateEnvelope(builder, protocol, kind, message));
  return wire::take_frame(builder);
}

Bytes client_frame(flatbuffers::FlatBufferBuilder& builder, std::uint16_t protocol, wire::client::Message kind,
                   flatbuffers::Offset<void> message) {
  wire::client::FinishEnvelopeBuffer(builder, wire::client::CreateEnvelope(builder, protocol, kind, message));
  return wire::take_frame(builder);
}

Bytes commit_frame(std::uint16_t protocol, wire::replica::Message kind) {
  flatbuffers::FlatBufferBuilder builder;
  const auto header = wire::to_wire(copy_of<pbft::Commit>("commit").header);
  return replica_frame(builder, protocol, kind, wire::replica::CreateCommit(builder, &header).Union());
}

BatchPtr batch_of_bytes(std::size_t bytes) {
  Batch batch;
  batch.encoded.assign(bytes, 1);
  return std::make_shared<Batch>(std::move(batch));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_DATA_TEST_CASE(a_statement_of_another_kind_is_refused, boost::unit_test::data::make(kStatementMessages), name) {
  const SignedStatement original = dynamic_cast<const pbft::StatementMessage&>(*sample(name)).header;
  for (int kind = 1; kind <= 8; ++kind) {
    SignedStatement header = original;
    header.statement.kind = static_cast<StatementKind>(kind);
    const bool same = header.statement.kind == original.statement.kind;
    BOOST_TEST(outcome_with_header(name, header) == (same ? "decoded" : "wrong_kind"));
  }
}

BOOST_DATA_TEST_CASE(a_kind_or_role_that_does_not_exist_is_refused, boost::unit_test::data::make(kStatementMessages),
                     name) {
  const SignedStatement original = dynamic_cast<const pbft::StatementMessage&>(*sample(name)).header;
  for (const int value : {0, 9, 255}) {
    SignedStatement header = original;
    header.statement.kind = static_cast<StatementKind>(value);
    BOOST_TEST(outcome_with_header(name, header) == "malformed");
    header = original;
    header.statement.signer.role = static_cast<SignerRole>(value);
    BOOST_TEST(outcome_with_header(name, header) == "malformed");
  }
}

BOOST_DATA_TEST_CASE(a_client_signs_no_message_of_replicas, boost::unit_test::data::make(kStatementMessages), name) {
  SignedStatement header = dynamic_cast<const pbft::StatementMessage&>(*sample(name)).header;
  header.statement.signer.role = SignerRole::client;
  BOOST_TEST(outcome_with_header(name, header) == "sender_mismatch");
}

BOOST_AUTO_TEST_CASE(a_prepare_answers_a_replica) {
  auto prepare = copy_of<pbft::Prepare>("prepare");
  prepare.primary.role = SignerRole::client;
  BOOST_TEST(outcome(prepare) == "malformed");
}

BOOST_AUTO_TEST_CASE(a_decided_slot_needs_a_certificate_of_commits) {
  auto slot = copy_of<pbft::DecidedSlot>("decided_slot");
  slot.commits.statement.kind = StatementKind::prepare;
  BOOST_TEST(outcome(slot) == "wrong_kind");
}

BOOST_AUTO_TEST_CASE(another_protocol_or_message_is_unexpected) {
  using Kind = wire::replica::Message;
  BOOST_TEST(outcome(decode_pbft_frame(commit_frame(wire::kProtocol, Kind::Commit))) == "decoded");
  BOOST_TEST(outcome(decode_pbft_frame(commit_frame(wire::kProtocol + 1, Kind::Commit))) == "unexpected_message");
  BOOST_TEST(outcome(decode_pbft_frame(commit_frame(0, Kind::Commit))) == "unexpected_message");
  BOOST_TEST(outcome(decode_pbft_frame(commit_frame(wire::kProtocol, static_cast<Kind>(77)))) == "unexpected_message");
  BOOST_TEST(outcome(decode_pbft_frame(commit_frame(wire::kProtocol, Kind::NONE))) == "unexpected_message");
}

BOOST_AUTO_TEST_CASE(frames_of_the_other_schema_or_direction_are_refused) {
  const Bytes commit = encode_frame(*sample("commit"));
  const Bytes request = encode_frame(*samples::request(1, {to_bytes("x")}));
  const Bytes reply = encode_frame(samples::signed_reply());
  BOOST_TEST(outcome(decode_client_frame(commit)) == "malformed");
  BOOST_TEST(outcome(decode_answer_frame(commit)) == "malformed");
  BOOST_TEST(outcome(decode_pbft_frame(request)) == "malformed");
  BOOST_TEST(outcome(decode_client_frame(reply)) == "unexpected_message");
  BOOST_TEST(outcome(decode_answer_frame(request)) == "unexpected_message");
}

BOOST_AUTO_TEST_CASE(lists_of_a_status_are_bounded) {
  const auto with = [](std::size_t slots, std::size_t view_changes, std::size_t wanted) {
    pbft::Status status(ReplicaId(1));
    status.slots.assign(slots, {SequenceNumber(1), pbft::Status::kPrepared});
    status.view_changes.assign(view_changes, ReplicaId(0));
    status.wanted_batches.assign(wanted, Digest{});
    return outcome(status);
  };
  BOOST_TEST(with(pbft::kMaxSlotsInStatus, kMaxSigners, pbft::kMaxWantedBatches) == "decoded");
  BOOST_TEST(with(pbft::kMaxSlotsInStatus + 1, 0, 0) == "oversized");
  BOOST_TEST(with(0, kMaxSigners + 1, 0) == "oversized");
  BOOST_TEST(with(0, 0, pbft::kMaxWantedBatches + 1) == "oversized");
}

BOOST_AUTO_TEST_CASE(a_status_with_unknown_bits_is_refused) {
  pbft::Status status(ReplicaId(1));
  status.slots = {{SequenceNumber(1), 8}};
  BOOST_TEST(outcome(status) == "malformed");
}

BOOST_AUTO_TEST_CASE(bodies_are_bounded) {
  const SignedStatement header = copy_of<pbft::PrePrepare>("pre_prepare").header;
  BOOST_TEST(outcome(pbft::PrePrepare(header, batch_of_bytes(kMaxBatchBytes + 1))) == "oversized");
  BOOST_TEST(outcome(pbft::PrePrepare(header, batch_of_bytes(kMaxBatchBytes))) == "malformed");
  BOOST_TEST(outcome(pbft::PrePrepare(header, batch_of_bytes(0))) == "malformed");
  BOOST_TEST(outcome(pbft::BatchBody(ReplicaId(1), batch_of_bytes(kMaxBatchBytes + 1))) == "oversized");

  auto view_change = copy_of<pbft::ViewChange>("view_change");
  view_change.encoded_body.assign(4 * 1024 * 1024 + 1, 0);
  BOOST_TEST(outcome(view_change) == "oversized");

  auto proof = copy_of<pbft::Proof>("proof");
  proof.body.assign(pbft::kMaxProofBodyBytes, 0);
  BOOST_TEST(outcome(proof) == "decoded");
  proof.body.push_back(0);
  BOOST_TEST(outcome(proof) == "oversized");
}

BOOST_AUTO_TEST_CASE(left_over_bytes_in_a_body_are_refused) {
  auto view_change = copy_of<pbft::ViewChange>("view_change");
  view_change.encoded_body.push_back(0);
  BOOST_TEST(outcome(view_change) == "malformed");
  auto new_view = copy_of<pbft::NewView>("new_view");
  new_view.encoded_body.push_back(0);
  BOOST_TEST(outcome(new_view) == "malformed");
}

BOOST_AUTO_TEST_CASE(frames_are_bounded_before_they_are_read) {
  BOOST_TEST(outcome(decode_pbft_frame(Bytes(wire::kMaxReplicaFrameBytes + 1))) == "oversized");
  BOOST_TEST(outcome(decode_client_frame(Bytes(wire::kMaxClientFrameBytes + 1))) == "oversized");
  BOOST_TEST(outcome(decode_answer_frame(Bytes(wire::kMaxAnswerFrameBytes + 1))) == "oversized");
  BOOST_TEST(outcome(decode_pbft_frame({})) == "malformed");
}

BOOST_AUTO_TEST_CASE(requests_are_bounded_and_canonical) {
  const auto with_body = [](Bytes body) {
    return outcome(decode_client_frame(encode_frame(make_request(ClientId(7), RequestNumber(1), std::move(body), {}))));
  };
  BOOST_TEST(with_body(encode_commands({to_bytes("one")})) == "decoded");
  BOOST_TEST(with_body(encode_commands({})) == "malformed");
  BOOST_TEST(with_body(encode_commands({Bytes(kMaxCommandBytes + 1)})) == "malformed");
  BOOST_TEST(with_body(encode_commands(std::vector<Bytes>(kMaxCommandsPerRequest + 1))) == "malformed");
  BOOST_TEST(with_body(Bytes(kMaxRequestBodyBytes + 1)) == "oversized");
  BOOST_TEST(with_body({}) == "malformed");
}

BOOST_AUTO_TEST_CASE(lists_of_a_reply_are_bounded) {
  Reply reply = samples::signed_reply();
  reply.results.assign(kMaxCommandsPerRequest, Bytes{1});
  BOOST_TEST(outcome(decode_answer_frame(encode_frame(reply))) == "decoded");
  reply.results.emplace_back();
  BOOST_TEST(outcome(decode_answer_frame(encode_frame(reply))) == "oversized");
  reply = samples::signed_reply();
  reply.path.assign(33, Digest{});
  BOOST_TEST(outcome(decode_answer_frame(encode_frame(reply))) == "oversized");
  reply = samples::signed_reply();
  reply.status = static_cast<ReplyStatus>(5);
  BOOST_TEST(outcome(decode_answer_frame(encode_frame(reply))) == "malformed");
}

// Only who turns a request away says who else takes it.
BOOST_AUTO_TEST_CASE(a_leader_goes_with_a_redirection_only) {
  const auto with_status = [](ReplyStatus status) {
    flatbuffers::FlatBufferBuilder builder;
    const auto request = wire::to_wire(Digest{});
    const auto reply =
        wire::client::CreateReply(builder, 1, 7, 1, &request, static_cast<std::uint8_t>(status), 0, 1, 0, 0, 2);
    return outcome(
        decode_answer_frame(client_frame(builder, wire::kProtocol, wire::client::Message::Reply, reply.Union())));
  };
  BOOST_TEST(with_status(ReplyStatus::redirected) == "decoded");
  BOOST_TEST(with_status(ReplyStatus::executed) == "malformed");
}

// One large result, named many times: small on the wire, large in memory if every name were a copy.
BOOST_AUTO_TEST_CASE(shared_results_do_not_multiply) {
  const auto with_names = [](std::size_t names) {
    flatbuffers::FlatBufferBuilder builder;
    const auto bytes = wire::put_bytes(builder, Bytes(100'000, 7));
    const auto result = wire::client::CreateCommandResult(builder, bytes);
    const auto results = builder.CreateVector(std::vector(names, result));
    const auto request = wire::to_wire(Digest{});
    const auto reply = wire::client::CreateReply(builder, 1, 7, 1, &request, 0, 0, 1, results);
    return outcome(
        decode_answer_frame(client_frame(builder, wire::kProtocol, wire::client::Message::Reply, reply.Union())));
  };
  BOOST_TEST(with_names(1) == "decoded");
  BOOST_TEST(with_names(2) == "malformed");
  BOOST_TEST(with_names(kMaxCommandsPerRequest) == "malformed");
}

BOOST_AUTO_TEST_CASE(texts_and_lists_of_a_report_are_bounded) {
  const auto with = [](std::size_t role, std::size_t suspects, std::size_t counters) {
    flatbuffers::FlatBufferBuilder builder;
    const auto text = builder.CreateString("x");
    const auto role_at = builder.CreateString(std::string(role, 'r'));
    const auto suspects_at = builder.CreateVector(std::vector<std::uint32_t>(suspects, 1));
    const auto counter = wire::client::CreateCounter(builder, text, 1);
    const auto counters_at = builder.CreateVector(std::vector(counters, counter));
    const auto state = wire::to_wire(Digest{});
    const auto report = wire::client::CreateStatusReport(builder, 1, text, role_at, 0, 0, 0, 0, &state, suspects_at,
                                                         text, text, 0, 0, counters_at);
    return outcome(decode_answer_frame(
        client_frame(builder, wire::kProtocol, wire::client::Message::StatusReport, report.Union())));
  };
  BOOST_TEST(with(64, kMaxSigners, 1000) == "decoded");
  BOOST_TEST(with(65, 0, 0) == "oversized");
  BOOST_TEST(with(1, kMaxSigners + 1, 0) == "oversized");
  BOOST_TEST(with(1, 0, 1030) == "oversized");
  BOOST_TEST(with(1, 0, 100'000) == "malformed");  // the verifier's bound on tables comes first
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater

#include "tests/codec/samples.hpp"

namespace breakwater::samples {

namespace {

using namespace pbft;  // NOLINT: the samples are its messages

Digest filled(std::uint8_t value) {
  Digest digest;
  digest.bytes.fill(value);
  return digest;
}

SigningKey key_of(SignerRole role, std::uint32_t id) {
  Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(16 * static_cast<std::uint8_t>(role) + id));
  return SigningKey::from_seed(seed);
}

BatchPtr batch() {
  return make_batch(AgreedTime(1'700'000'000'000'000),
                    {request(41, {to_bytes("reserve S-7"), to_bytes("cancel")}), request(42, {to_bytes("show")})});
}

Certificate certificate(StatementKind kind, std::uint64_t view, std::uint64_t sequence, const Digest& digest,
                        std::vector<std::uint32_t> signers) {
  Certificate out{without_signer(signed_by_replica(0, kind, view, sequence, digest).statement), {}};
  for (std::uint32_t id : signers) {
    out.entries.push_back(
        {ReplicaId(id), Incarnation(1), signed_by_replica(id, kind, view, sequence, digest).signature});
  }
  return out;
}

ViewChangePtr view_change(std::uint32_t signer) {
  const PreparedCertificate prepared{signed_by_replica(0, StatementKind::pre_prepare, 4, 129, batch()->digest),
                                     certificate(StatementKind::prepare, 4, 129, batch()->digest, {1, 2})};
  ViewChange::Body body{certificate(StatementKind::checkpoint, 0, 128, filled(9), {0, 1, 3}), {prepared}};
  Bytes encoded = encode_body(body);
  const Digest digest = view_change_body_digest(encoded);
  return std::make_shared<ViewChange>(signed_by_replica(signer, StatementKind::view_change, 5, 128, digest),
                                      std::move(body), std::move(encoded));
}

PbftMessagePtr new_view() {
  NewView::Body body{{view_change(0), view_change(2), view_change(3)},
                     {signed_by_replica(1, StatementKind::pre_prepare, 5, 129, batch()->digest),
                      signed_by_replica(1, StatementKind::pre_prepare, 5, 130, kNullDigest)}};
  Bytes encoded = encode_body(body);
  const Digest digest = new_view_body_digest(encoded);
  return std::make_shared<NewView>(signed_by_replica(1, StatementKind::new_view, 5, 128, digest), std::move(body),
                                   std::move(encoded));
}

PbftMessagePtr status() {
  auto status = std::make_shared<Status>(ReplicaId(2));
  status->view = ViewNumber(5);
  status->view_changing = true;
  status->stable_checkpoint = SequenceNumber(128);
  status->decided = SequenceNumber(131);
  status->slots = {{SequenceNumber(132), Status::kHasPrePrepare},
                   {SequenceNumber(134), Status::kHasPrePrepare | Status::kPrepared},
                   {SequenceNumber(135), Status::kDecided}};
  status->view_changes = {ReplicaId(0), ReplicaId(3)};
  status->wanted_batches = {filled(1), filled(2)};
  return status;
}

PbftMessagePtr prepare() {
  const Digest digest = batch()->digest;
  return std::make_shared<Prepare>(signed_by_replica(2, StatementKind::prepare, 4, 129, digest),
                                   Signatory{SignerRole::replica, 0, Incarnation(1)},
                                   signed_by_replica(0, StatementKind::pre_prepare, 4, 129, digest).signature);
}

PbftMessagePtr proof() {
  const ViewChangePtr second = view_change(3);
  return std::make_shared<Proof>(ReplicaId(1), signed_by_replica(3, StatementKind::commit, 4, 130, filled(5)),
                                 second->header, second->encoded_body);
}

PbftMessagePtr vote(StatementKind kind) {
  const SignedStatement header = signed_by_replica(3, kind, kind == StatementKind::commit ? 4 : 0, 129, filled(6));
  if (kind == StatementKind::commit) return std::make_shared<Commit>(header);
  return std::make_shared<Checkpoint>(header);
}

}  // namespace

SignedStatement signed_by_replica(std::uint32_t id, StatementKind kind, std::uint64_t view, std::uint64_t sequence,
                                  const Digest& digest) {
  const Statement statement{
      kind,  roster().cluster(), {SignerRole::replica, id, Incarnation(1)}, ViewNumber(view), SequenceNumber(sequence),
      digest};
  return {statement, key_of(SignerRole::replica, id).sign(statement.encode())};
}

RequestPtr request(std::uint64_t number, const std::vector<Bytes>& commands) {
  Request out = make_request(ClientId(7), RequestNumber(number), encode_commands(commands), {});
  out.signature = key_of(SignerRole::client, 7).sign(request_statement(roster().cluster(), out).encode());
  return std::make_shared<Request>(std::move(out));
}

const Roster& roster() {
  static const Roster kRoster = [] {
    Roster out(filled(0xc1));
    for (std::uint32_t id = 0; id < 4; ++id) {
      out.add_replica(ReplicaId(id), Incarnation(1), key_of(SignerRole::replica, id).public_key());
    }
    out.add_client(ClientId(7), {key_of(SignerRole::client, 7).public_key(), ClientRole::desk});
    return out;
  }();
  return kRoster;
}

const std::vector<ReplicaSample>& replica_samples() {
  static const std::vector<ReplicaSample> kSamples = {
      {"pre_prepare", std::make_shared<PrePrepare>(
                          signed_by_replica(0, StatementKind::pre_prepare, 4, 129, batch()->digest), batch())},
      {"pre_prepare_null",
       std::make_shared<PrePrepare>(signed_by_replica(0, StatementKind::pre_prepare, 4, 130, kNullDigest), nullptr)},
      {"prepare", prepare()},
      {"commit", vote(StatementKind::commit)},
      {"checkpoint", vote(StatementKind::checkpoint)},
      {"view_change", view_change(2)},
      {"new_view", new_view()},
      {"status", status()},
      {"relayed_request", std::make_shared<RelayedRequest>(ReplicaId(1), request(43, {to_bytes("hold")}))},
      {"batch_body", std::make_shared<BatchBody>(ReplicaId(3), batch())},
      {"decided_slot",
       std::make_shared<DecidedSlot>(ReplicaId(0),
                                     certificate(StatementKind::commit, 4, 129, batch()->digest, {0, 1, 2}), batch())},
      {"decided_null", std::make_shared<DecidedSlot>(
                           ReplicaId(0), certificate(StatementKind::commit, 4, 130, kNullDigest, {1, 2, 3}), nullptr)},
      {"proof", proof()},
  };
  return kSamples;
}

Reply signed_reply() {
  Reply reply{};
  reply.replica = ReplicaId(2);
  reply.client = ClientId(7);
  reply.number = RequestNumber(41);
  reply.request = filled(3);
  reply.status = ReplyStatus::executed;
  reply.view = ViewNumber(4);
  reply.sequence = SequenceNumber(129);
  reply.results = {to_bytes("accepted"), {}, to_bytes("refused: sold_out")};
  reply.signed_reply = true;
  reply.root = filled(4);
  reply.signature = signed_by_replica(2, StatementKind::reply, 0, 129, filled(4)).signature;
  reply.path_index = 1;
  reply.path_leaves = 3;
  reply.path = {filled(7), filled(8)};
  return reply;
}

StatusReport report() {
  StatusReport report;
  report.replica = ReplicaId(1);
  report.engine = "pbft";
  report.role = "primary";
  report.view = ViewNumber(5);
  report.chosen = SequenceNumber(140);
  report.executed = SequenceNumber(139);
  report.stable_checkpoint = SequenceNumber(128);
  report.state_digest = filled(11);
  report.suspects = {ReplicaId(3)};
  report.byzantine = "equivocate";
  report.waiting_for = "prepares of 140 from 2";
  report.uptime_s = 12;
  report.rss_bytes = 34'567'890;
  report.counters = {{"rejected_stale_view", 2}, {"executed", 139}};
  report.cut_off = {ReplicaId(0), ReplicaId(2)};
  return report;
}

const std::vector<ClientSample>& client_samples() {
  static const std::vector<ClientSample> kSamples = [] {
    Reply unsigned_reply{};
    unsigned_reply.replica = ReplicaId(3);
    unsigned_reply.client = ClientId(7);
    unsigned_reply.number = RequestNumber(44);
    unsigned_reply.status = ReplyStatus::overloaded;
    Reply redirection = unsigned_reply;
    redirection.status = ReplyStatus::redirected;
    redirection.view = ViewNumber(5);
    redirection.leader = ReplicaId(2);
    return std::vector<ClientSample>{
        {"request", encode_frame(*request(41, {to_bytes("reserve S-7")})), true},
        {"status_query", encode_frame(StatusQuery{true}), true},
        {"partition_order", encode_frame(PartitionOrder{{ReplicaId(1), ReplicaId(3)}}), true},
        {"reply_signed", encode_frame(signed_reply()), false},
        {"reply_overloaded", encode_frame(unsigned_reply), false},
        {"reply_redirected", encode_frame(redirection), false},
        {"status_report", encode_frame(report()), false},
    };
  }();
  return kSamples;
}

}  // namespace breakwater::samples

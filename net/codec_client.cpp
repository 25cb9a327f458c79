// Frames between a client and a replica. Either side may lie to the other.
#include <algorithm>

#include "net/codec.hpp"
#include "net/frame.hpp"
#include "net/schema/client_generated.h"

namespace breakwater {

namespace {

using flatbuffers::FlatBufferBuilder;
using Kind = wire::client::Message;

constexpr std::size_t kRoomForTables = 512;
constexpr std::size_t kMaxPathDigests = 32;  // a path under 2^32 leaves
constexpr std::size_t kMaxShortTextBytes = 64;
constexpr std::size_t kMaxLongTextBytes = 4096;
constexpr std::size_t kMaxCounters = 1024;
constexpr std::size_t kMaxCounterNameBytes = 256;
constexpr std::uint32_t kMaxTables = kMaxCounters + 8;

template <class T>
Bytes seal(FlatBufferBuilder& builder, Kind kind, flatbuffers::Offset<T> message) {
  const auto envelope = wire::client::CreateEnvelope(builder, wire::kProtocol, kind, message.Union());
  wire::client::FinishEnvelopeBuffer(builder, envelope);
  return wire::take_frame(builder);
}

// Our own text, cut where a reader would refuse it: a long line must not hide a whole report.
flatbuffers::Offset<flatbuffers::String> put_text(FlatBufferBuilder& builder, const std::string& text,
                                                  std::size_t max) {
  return builder.CreateString(text.data(), std::min(text.size(), max));
}

flatbuffers::Offset<wire::client::ReplyProof> put_proof(FlatBufferBuilder& builder, const Reply& reply) {
  std::vector<wire::Digest32> path;
  path.reserve(reply.path.size());
  for (const Digest& digest : reply.path) path.push_back(wire::to_wire(digest));
  const auto path_at = builder.CreateVectorOfStructs(path);
  const auto root = wire::to_wire(reply.root);
  const auto signature = wire::to_wire(reply.signature);
  return wire::client::CreateReplyProof(builder, &root, &signature, reply.path_index, reply.path_leaves, path_at);
}

bool read_proof(const wire::client::ReplyProof& in, Reply& reply) {
  const std::size_t path = wire::size_of(in.path());
  if (path > kMaxPathDigests) return false;
  reply.signed_reply = true;
  reply.root = wire::from_wire(*in.root());
  reply.signature = wire::from_wire(*in.signature());
  reply.path_index = in.index();
  reply.path_leaves = in.leaves();
  for (std::size_t i = 0; i < path; ++i) reply.path.push_back(wire::from_wire(wire::element(*in.path(), i)));
  return true;
}

std::expected<ReplicaAnswer, RejectReason> read(const wire::client::Reply& in, std::size_t frame_bytes) {
  const bool is_redirection = in.status() == static_cast<std::uint8_t>(ReplyStatus::redirected);
  if (in.status() > static_cast<std::uint8_t>(ReplyStatus::redirected)) return std::unexpected(RejectReason::malformed);
  if (in.leader().has_value() && !is_redirection) return std::unexpected(RejectReason::malformed);
  if (wire::size_of(in.results()) > kMaxCommandsPerRequest) return std::unexpected(RejectReason::oversized);
  Reply reply{};
  reply.replica = ReplicaId(in.replica());
  reply.client = ClientId(in.client());
  reply.number = RequestNumber(in.number());
  reply.request = wire::from_wire(*in.request());
  reply.status = static_cast<ReplyStatus>(in.status());
  reply.view = ViewNumber(in.view());
  reply.sequence = SequenceNumber(in.sequence());
  if (in.leader().has_value()) reply.leader = ReplicaId(*in.leader());
  std::size_t total = 0;
  for (std::size_t i = 0; i < wire::size_of(in.results()); ++i) {
    const ByteView result = wire::view_of(in.results()->Get(static_cast<flatbuffers::uoffset_t>(i))->bytes());
    // Offsets may share their target: without this, one large result named 256 times would be copied 256 times.
    total += result.size();
    if (total > frame_bytes) return std::unexpected(RejectReason::malformed);
    reply.results.emplace_back(result.begin(), result.end());
  }
  if (in.proof() != nullptr && !read_proof(*in.proof(), reply)) return std::unexpected(RejectReason::oversized);
  return reply;
}

flatbuffers::Offset<flatbuffers::Vector<std::uint32_t>> put_replicas(FlatBufferBuilder& builder, const auto& replicas) {
  std::vector<std::uint32_t> ids;
  ids.reserve(replicas.size());
  for (const ReplicaId id : replicas) ids.push_back(id.value);
  ids.resize(std::min(ids.size(), kMaxSigners));
  return builder.CreateVector(ids);
}

// The caller has checked the size.
std::vector<ReplicaId> get_replicas(const flatbuffers::Vector<std::uint32_t>* ids) {
  std::vector<ReplicaId> replicas;
  replicas.reserve(wire::size_of(ids));
  for (std::size_t i = 0; i < wire::size_of(ids); ++i) {
    replicas.emplace_back(ids->Get(static_cast<flatbuffers::uoffset_t>(i)));
  }
  return replicas;
}

bool texts_fit(const wire::client::StatusReport& in) {
  return in.engine()->size() <= kMaxShortTextBytes && in.role()->size() <= kMaxShortTextBytes &&
         in.byzantine()->size() <= kMaxLongTextBytes && in.waiting_for()->size() <= kMaxLongTextBytes;
}

std::expected<ReplicaAnswer, RejectReason> read(const wire::client::StatusReport& in) {
  if (!texts_fit(in) || wire::size_of(in.suspects()) > kMaxSigners || wire::size_of(in.cut_off()) > kMaxSigners ||
      wire::size_of(in.counters()) > kMaxCounters) {
    return std::unexpected(RejectReason::oversized);
  }
  StatusReport report;
  report.replica = ReplicaId(in.replica());
  report.engine = in.engine()->str();
  report.role = in.role()->str();
  report.view = ViewNumber(in.view());
  report.chosen = SequenceNumber(in.chosen());
  report.executed = SequenceNumber(in.executed());
  report.stable_checkpoint = SequenceNumber(in.stable_checkpoint());
  report.state_digest = wire::from_wire(*in.state_digest());
  report.byzantine = in.byzantine()->str();
  report.waiting_for = in.waiting_for()->str();
  report.uptime_s = in.uptime_s();
  report.rss_bytes = in.rss_bytes();
  report.suspects = get_replicas(in.suspects());
  const std::vector<ReplicaId> cut_off = get_replicas(in.cut_off());
  report.cut_off = {cut_off.begin(), cut_off.end()};
  for (std::size_t i = 0; i < wire::size_of(in.counters()); ++i) {
    const auto* counter = in.counters()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (counter->name()->size() > kMaxCounterNameBytes) return std::unexpected(RejectReason::oversized);
    report.counters.emplace_back(counter->name()->str(), counter->value());
  }
  return report;
}

std::expected<const wire::client::Envelope*, RejectReason> open(const wire::AlignedFrame& frame) {
  return wire::open_envelope<wire::client::Envelope>(frame, wire::client::EnvelopeIdentifier(), kMaxTables);
}

}  // namespace

Bytes encode_frame(const Request& request) {
  FlatBufferBuilder builder(kRoomForTables + request.body.size());
  return seal(builder, Kind::Request, wire::to_wire(builder, request));
}

Bytes encode_frame(const StatusQuery& query) {
  FlatBufferBuilder builder(kRoomForTables);
  return seal(builder, Kind::StatusQuery,
              wire::client::CreateStatusQuery(builder, query.with_state_digest, query.silence));
}

Bytes encode_frame(const PartitionOrder& order) {
  FlatBufferBuilder builder(kRoomForTables);
  const auto cut_off = put_replicas(builder, order.cut_off);
  return seal(builder, Kind::PartitionOrder, wire::client::CreatePartitionOrder(builder, cut_off));
}

Bytes encode_frame(const Reply& reply) {
  std::size_t size = kRoomForTables + reply.path.size() * Digest::kSize;
  for (const Bytes& result : reply.results) size += result.size() + 32;
  FlatBufferBuilder builder(size);
  std::vector<flatbuffers::Offset<wire::client::CommandResult>> results;
  results.reserve(reply.results.size());
  for (const Bytes& result : reply.results) {
    const auto bytes = wire::put_bytes(builder, result);
    results.push_back(wire::client::CreateCommandResult(builder, bytes));
  }
  const auto results_at = builder.CreateVector(results);
  flatbuffers::Offset<wire::client::ReplyProof> proof;
  if (reply.signed_reply) proof = put_proof(builder, reply);
  const auto request = wire::to_wire(reply.request);
  flatbuffers::Optional<std::uint32_t> leader;
  if (reply.leader && reply.status == ReplyStatus::redirected) leader = reply.leader->value;
  return seal(builder, Kind::Reply,
              wire::client::CreateReply(builder, reply.replica.value, reply.client.value, reply.number.value, &request,
                                        static_cast<std::uint8_t>(reply.status), reply.view.value, reply.sequence.value,
                                        results_at, proof, leader));
}

Bytes encode_frame(const StatusReport& report) {
  FlatBufferBuilder builder(4096);
  const auto engine = put_text(builder, report.engine, kMaxShortTextBytes);
  const auto role = put_text(builder, report.role, kMaxShortTextBytes);
  const auto byzantine = put_text(builder, report.byzantine, kMaxLongTextBytes);
  const auto waiting_for = put_text(builder, report.waiting_for, kMaxLongTextBytes);
  const auto suspects_at = put_replicas(builder, report.suspects);
  const auto cut_off_at = put_replicas(builder, report.cut_off);
  std::vector<flatbuffers::Offset<wire::client::Counter>> counters;
  for (const auto& [name, value] : report.counters) {
    if (counters.size() == kMaxCounters) break;
    const auto name_at = put_text(builder, name, kMaxCounterNameBytes);
    counters.push_back(wire::client::CreateCounter(builder, name_at, value));
  }
  const auto counters_at = builder.CreateVector(counters);
  const auto state = wire::to_wire(report.state_digest);
  return seal(builder, Kind::StatusReport,
              wire::client::CreateStatusReport(
                  builder, report.replica.value, engine, role, report.view.value, report.chosen.value,
                  report.executed.value, report.stable_checkpoint.value, &state, suspects_at, byzantine, waiting_for,
                  report.uptime_s, report.rss_bytes, counters_at, cut_off_at));
}

std::expected<ClientFrame, RejectReason> decode_client_frame(ByteView frame) {
  if (frame.size() > wire::kMaxClientFrameBytes) return std::unexpected(RejectReason::oversized);
  const wire::AlignedFrame aligned(frame);
  const auto in = open(aligned);
  if (!in) return std::unexpected(in.error());
  if (const auto* request = (*in)->message_as_Request()) {
    auto decoded = wire::from_wire(*request);
    if (!decoded) return std::unexpected(decoded.error());
    return std::move(*decoded);
  }
  if (const auto* query = (*in)->message_as_StatusQuery())
    return StatusQuery{query->with_state_digest(), query->silence()};
  if (const auto* order = (*in)->message_as_PartitionOrder()) {
    if (wire::size_of(order->cut_off()) > kMaxSigners) return std::unexpected(RejectReason::oversized);
    const std::vector<ReplicaId> cut_off = get_replicas(order->cut_off());
    return PartitionOrder{{cut_off.begin(), cut_off.end()}};
  }
  return std::unexpected(RejectReason::unexpected_message);
}

std::expected<ReplicaAnswer, RejectReason> decode_answer_frame(ByteView frame) {
  if (frame.size() > wire::kMaxAnswerFrameBytes) return std::unexpected(RejectReason::oversized);
  const wire::AlignedFrame aligned(frame);
  const auto in = open(aligned);
  if (!in) return std::unexpected(in.error());
  if (const auto* reply = (*in)->message_as_Reply()) return read(*reply, frame.size());
  if (const auto* report = (*in)->message_as_StatusReport()) return read(*report);
  return std::unexpected(RejectReason::unexpected_message);
}

}  // namespace breakwater

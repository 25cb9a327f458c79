// Frames: the FlatBuffers schema (net/schema/) to and from messages. The verifier runs at this gate, before any field
// is read. Pure functions; any thread.
#pragma once

#include <expected>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "pbft/messages.hpp"
#include "raft/messages.hpp"
#include "replication/reject_reason.hpp"
#include "replication/reply.hpp"
#include "replication/transfer.hpp"

namespace breakwater {

// Between replicas (PBFT). Digests are recomputed on decoding; nothing is authenticated yet. Refusals: `malformed`,
// `oversized`, `wrong_kind` (a statement of another kind than its message), `sender_mismatch` (a replica's message
// signed as a client), `unexpected_message` (another protocol number, an unknown message).
Bytes encode_frame(const pbft::PbftMessage& message);
std::expected<pbft::PbftMessagePtr, RejectReason> decode_pbft_frame(ByteView frame);

// Between replicas (Raft). Refusals: `malformed`, `oversized`, `unexpected_message`, as above.
Bytes encode_frame(const raft::RaftMessage& message);
std::expected<raft::RaftMessagePtr, RejectReason> decode_raft_frame(ByteView frame);

// Between replicas (state transfer, whatever the engine). Refusals: likewise. What is no such frame is an engine's.
Bytes encode_frame(const TransferMessage& message);
bool is_transfer_frame(ByteView frame);
std::expected<std::shared_ptr<const TransferMessage>, RejectReason> decode_transfer_frame(ByteView frame);

// Between a client and a replica.
struct StatusQuery {
  bool with_state_digest = true;
  bool silence = false;  // from now on, answers only to requests that are asked over this connection
};
// Fault injection, by the operator only: from now on the replica drops what goes to or comes from these replicas.
struct PartitionOrder {
  std::set<ReplicaId> cut_off;
};
struct StatusReport {
  ReplicaId replica;
  std::string engine;
  std::string role;
  ViewNumber view;
  SequenceNumber chosen, executed, stable_checkpoint;
  Digest state_digest;  // of the state after `executed`
  std::vector<ReplicaId> suspects;
  std::string byzantine;  // the announced strategy, or empty
  std::string waiting_for;
  std::uint64_t uptime_s = 0, rss_bytes = 0;
  std::vector<std::pair<std::string, std::uint64_t>> counters;  // metrics by name
  std::set<ReplicaId> cut_off;                                  // by a PartitionOrder
};

using ClientFrame = std::variant<RequestPtr, StatusQuery, PartitionOrder>;  // client to replica
using ReplicaAnswer = std::variant<Reply, StatusReport>;                    // replica to client
// A reply's proof part travels only with `signed_reply`, its leader only when redirected. Texts and lists of a report
// are cut to what a reader accepts. The decoders refuse as above; a message of the other direction is
// `unexpected_message`.
Bytes encode_frame(const Request& request);
Bytes encode_frame(const StatusQuery& query);
Bytes encode_frame(const PartitionOrder& order);
Bytes encode_frame(const Reply& reply);
Bytes encode_frame(const StatusReport& report);
std::expected<ClientFrame, RejectReason> decode_client_frame(ByteView frame);
std::expected<ReplicaAnswer, RejectReason> decode_answer_frame(ByteView frame);

}  // namespace breakwater

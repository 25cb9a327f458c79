// The messages of PBFT. docs/protocol.md has the table: who sends what to whom, persisted when.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "crypto/batch.hpp"
#include "crypto/certificate.hpp"
#include "crypto/signed_message.hpp"

namespace breakwater::pbft {

enum class MessageKind : std::uint8_t {
  pre_prepare = 1,
  prepare = 2,
  commit = 3,
  checkpoint = 4,
  view_change = 5,
  new_view = 6,
  status = 7,
  relayed_request = 8,
  batch_body = 9,
  decided_slot = 10,
  proof = 11,
};

inline constexpr std::size_t kMaxSlotsInStatus = 1024;  // at least the log window
inline constexpr std::size_t kMaxWantedBatches = 1024;
// Nearly the largest frame (net/frame.hpp): what arrives can be kept as evidence, read back and passed on.
inline constexpr std::size_t kMaxProofBodyBytes = 15 * 1024 * 1024;

class PbftMessage : public SignedMessage {
 public:
  virtual MessageKind kind() const = 0;
  std::string_view name() const override;
};

// A message whose outer part is one statement signed by its sender.
class StatementMessage : public PbftMessage {
 public:
  explicit StatementMessage(SignedStatement s) : header(s) {}
  SignedStatement header;

  ReplicaId sender() const override { return ReplicaId(header.statement.signer.id); }
  ViewNumber view() const { return header.statement.view; }
  SequenceNumber sequence() const { return header.statement.sequence; }
  const Digest& digest() const { return header.statement.digest; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;
  bool digests_match() const override { return true; }
};

// The primary's proposal. `batch` is null for a null request, and in a new-view's O set when the body is to be
// fetched by digest.
class PrePrepare final : public StatementMessage {
 public:
  PrePrepare(SignedStatement s, BatchPtr b) : StatementMessage(s), batch(std::move(b)) {}
  BatchPtr batch;
  MessageKind kind() const override { return MessageKind::pre_prepare; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // the client signatures: covered
  bool digests_match() const override { return batch == nullptr || batch->digest == digest(); }
};

// A backup's vote. It carries the primary's signature on the pre-prepare that it answers, so that two backups
// with different proposals can prove the primary's equivocation to each other.
class Prepare final : public StatementMessage {
 public:
  Prepare(SignedStatement s, Signatory p, Signature ps) : StatementMessage(s), primary(p), primary_signature(ps) {}
  Signatory primary;
  Signature primary_signature;
  SignedStatement answered() const;  // the pre-prepare's statement with the primary's signature
  MessageKind kind() const override { return MessageKind::prepare; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // beside
};

class Commit final : public StatementMessage {
 public:
  using StatementMessage::StatementMessage;
  MessageKind kind() const override { return MessageKind::commit; }
};

// Digest: the Merkle root over state and sessions after `sequence`. View 0.
class Checkpoint final : public StatementMessage {
 public:
  using StatementMessage::StatementMessage;
  MessageKind kind() const override { return MessageKind::checkpoint; }
};

// The predicate prepared(m, v, n), transferable: a pre-prepare and quorum-1 prepares of distinct backups that match it.
struct PreparedCertificate {
  SignedStatement pre_prepare;
  Certificate prepares;

  ViewNumber view() const { return pre_prepare.statement.view; }
  SequenceNumber sequence() const { return pre_prepare.statement.sequence; }
  const Digest& digest() const { return pre_prepare.statement.digest; }
  auto operator<=>(const PreparedCertificate&) const = default;
};
void encode(Writer& out, const PreparedCertificate& certificate);
PreparedCertificate decode_prepared_certificate(Reader& in);

// Header: view = the view asked for, sequence = low watermark h, digest = digest of `encoded_body`.
// Body: the stable checkpoint's certificate (absent when h = 0), then the prepared certificates above h, by sequence.
class ViewChange final : public StatementMessage {
 public:
  struct Body {
    std::optional<Certificate> stable_checkpoint;
    std::vector<PreparedCertificate> prepared;
  };
  ViewChange(SignedStatement s, Body b, Bytes encoded)
      : StatementMessage(s), body(std::move(b)), encoded_body(std::move(encoded)) {}
  Body body;
  Bytes encoded_body;
  MessageKind kind() const override { return MessageKind::view_change; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // certificates: covered
  bool digests_match() const override;
};
using ViewChangePtr = std::shared_ptr<const ViewChange>;
Bytes encode_body(const ViewChange::Body& body);
std::optional<ViewChange::Body> decode_view_change_body(ByteView bytes);
Digest view_change_body_digest(ByteView encoded_body);

// Header: view = the new view, sequence = min-s, digest = digest of `encoded_body`.
// Body: V, a quorum of view-changes by signer; O, one signed pre-prepare header per sequence in (min-s, max-s].
class NewView final : public StatementMessage {
 public:
  struct Body {
    std::vector<ViewChangePtr> view_changes;
    std::vector<SignedStatement> pre_prepares;
  };
  NewView(SignedStatement s, Body b, Bytes encoded)
      : StatementMessage(s), body(std::move(b)), encoded_body(std::move(encoded)) {}
  Body body;
  Bytes encoded_body;
  MessageKind kind() const override { return MessageKind::new_view; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // covered
  bool digests_match() const override;
};
Bytes encode_body(const NewView::Body& body);
std::optional<NewView::Body> decode_new_view_body(ByteView bytes);
Digest new_view_body_digest(ByteView encoded_body);
// A kept new-view (Table::transcripts): its statement, then the body as a blob. Null when the bytes are no such thing,
// or the body is not the one that the statement names.
Bytes encode_transcript(const NewView& new_view);
std::shared_ptr<const NewView> decode_transcript(ByteView bytes);

// A message that the channel alone authenticates: it promises nothing.
class ChannelMessage : public PbftMessage {
 public:
  explicit ChannelMessage(ReplicaId f) : from(f) {}
  ReplicaId from;
  ReplicaId sender() const override { return from; }
  void list_carried(std::vector<Carried>&, const Digest&) const override {}
  bool digests_match() const override { return true; }
};

// What the sender has and lacks. Whoever receives it sends what is missing (state-driven retransmission).
class Status final : public ChannelMessage {
 public:
  static constexpr std::uint8_t kHasPrePrepare = 1, kPrepared = 2, kDecided = 4;
  struct Slot {
    SequenceNumber sequence;
    std::uint8_t has;
    auto operator<=>(const Slot&) const = default;
  };
  using ChannelMessage::ChannelMessage;
  ViewNumber view;
  bool view_changing = false;
  bool fetching = false;  // the state of a checkpoint: decided slots are of no use meanwhile
  SequenceNumber stable_checkpoint;
  SequenceNumber decided;               // every slot up to here is decided and kept
  std::vector<Slot> slots;              // slots above `decided` that are neither empty nor decided
  std::vector<ReplicaId> view_changes;  // whose view-change for `view` the sender holds
  std::vector<Digest> wanted_batches;
  MessageKind kind() const override { return MessageKind::status; }
};

// A client's request, passed on to the primary.
class RelayedRequest final : public ChannelMessage {
 public:
  RelayedRequest(ReplicaId f, RequestPtr r) : ChannelMessage(f), request(std::move(r)) {}
  RequestPtr request;
  MessageKind kind() const override { return MessageKind::relayed_request; }
  RequestPtr passed_on() const override { return request; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // the client's: beside
};

// A batch body asked for by digest.
class BatchBody final : public ChannelMessage {
 public:
  BatchBody(ReplicaId f, BatchPtr b) : ChannelMessage(f), batch(std::move(b)) {}
  BatchPtr batch;
  MessageKind kind() const override { return MessageKind::batch_body; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // client signatures: beside
};

// One decided slot with its commit certificate: valid in any view. `batch` is null for a null request.
class DecidedSlot final : public ChannelMessage {
 public:
  DecidedSlot(ReplicaId f, Certificate c, BatchPtr b) : ChannelMessage(f), commits(std::move(c)), batch(std::move(b)) {}
  Certificate commits;
  BatchPtr batch;
  SequenceNumber sequence() const { return commits.statement.sequence; }
  MessageKind kind() const override { return MessageKind::decided_slot; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // commits: beside
  bool digests_match() const override;
};
// The archive's record of a decided slot: certificate, then the batch as a blob (empty for a null request).
Bytes encode_archived(const Certificate& commits, const BatchPtr& batch);
struct ArchivedSlot {
  Certificate commits;
  BatchPtr batch;
};
std::optional<ArchivedSlot> decode_archived(ByteView bytes);

// Two signed statements that no correct replica signs both, passed on to whoever has not seen them.
// `body` is the second one's body where the contradiction needs it (a view-change).
class Proof final : public ChannelMessage {
 public:
  Proof(ReplicaId f, SignedStatement a, SignedStatement b, Bytes view_change_body)
      : ChannelMessage(f), first(a), second(b), body(std::move(view_change_body)) {}
  SignedStatement first;
  SignedStatement second;
  Bytes body;
  MessageKind kind() const override { return MessageKind::proof; }
  void list_carried(std::vector<Carried>& out, const Digest& cluster) const override;  // beside
};

using PbftMessagePtr = std::shared_ptr<const PbftMessage>;

}  // namespace breakwater::pbft

#include "pbft/messages.hpp"

#include "pbft/limits.hpp"

namespace breakwater::pbft {

namespace {

constexpr std::string_view kKindNames[] = {
    "",         "pre-prepare", "prepare",         "commit",     "checkpoint",   "view-change",
    "new-view", "status",      "relayed-request", "batch-body", "decided-slot", "proof"};

void list_requests(std::vector<Carried>& out, const BatchPtr& batch, const Digest& cluster, Carriage carriage) {
  if (batch == nullptr) return;
  for (const RequestPtr& request : batch->requests) {
    out.push_back({carriage, {request_statement(cluster, *request), request->signature}});
  }
}

void list_prepared(std::vector<Carried>& out, const PreparedCertificate& certificate, Carriage carriage) {
  out.push_back({carriage, certificate.pre_prepare});
  breakwater::list_carried(out, certificate.prepares, carriage);
}

void list_view_change_body(std::vector<Carried>& out, const ViewChange::Body& body) {
  if (body.stable_checkpoint) breakwater::list_carried(out, *body.stable_checkpoint, Carriage::covered);
  for (const PreparedCertificate& certificate : body.prepared) list_prepared(out, certificate, Carriage::covered);
}

}  // namespace

std::string_view PbftMessage::name() const { return kKindNames[static_cast<std::size_t>(kind())]; }

void StatementMessage::list_carried(std::vector<Carried>& out, const Digest&) const {
  out.push_back({Carriage::outer, header});
}

void PrePrepare::list_carried(std::vector<Carried>& out, const Digest& cluster) const {
  out.push_back({Carriage::outer, header});
  list_requests(out, batch, cluster, Carriage::covered);
}

SignedStatement Prepare::answered() const {
  SignedStatement pre_prepare{header.statement, primary_signature};
  pre_prepare.statement.kind = StatementKind::pre_prepare;
  pre_prepare.statement.signer = primary;
  return pre_prepare;
}

void Prepare::list_carried(std::vector<Carried>& out, const Digest&) const {
  out.push_back({Carriage::outer, header});
  out.push_back({Carriage::beside, answered()});
}

void encode(Writer& out, const PreparedCertificate& certificate) {
  encode(out, certificate.pre_prepare);
  encode(out, certificate.prepares);
}

PreparedCertificate decode_prepared_certificate(Reader& in) {
  PreparedCertificate certificate;
  certificate.pre_prepare = decode_signed_statement(in);
  certificate.prepares = decode_certificate(in);
  return certificate;
}

void ViewChange::list_carried(std::vector<Carried>& out, const Digest&) const {
  out.push_back({Carriage::outer, header});
  list_view_change_body(out, body);
}

bool ViewChange::digests_match() const { return view_change_body_digest(encoded_body) == digest(); }

Bytes encode_body(const ViewChange::Body& body) {
  Writer out;
  out.u8(body.stable_checkpoint ? 1 : 0);
  if (body.stable_checkpoint) encode(out, *body.stable_checkpoint);
  out.u32(static_cast<std::uint32_t>(body.prepared.size()));
  for (const PreparedCertificate& certificate : body.prepared) encode(out, certificate);
  return out.take();
}

std::optional<ViewChange::Body> decode_view_change_body(ByteView bytes) {
  Reader in(bytes);
  ViewChange::Body body;
  const std::uint8_t has_checkpoint = in.u8();
  if (has_checkpoint > 1) in.fail();
  if (has_checkpoint == 1) body.stable_checkpoint = decode_certificate(in);
  const std::uint32_t count = in.count(kMaxLogWindow, kSignedStatementBytes);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) body.prepared.push_back(decode_prepared_certificate(in));
  if (!in.finished()) return std::nullopt;
  return body;
}

Digest view_change_body_digest(ByteView encoded_body) { return hash("view-change", encoded_body); }

void NewView::list_carried(std::vector<Carried>& out, const Digest& cluster) const {
  out.push_back({Carriage::outer, header});
  for (const ViewChangePtr& view_change : body.view_changes) {
    std::vector<Carried> inner;
    view_change->list_carried(inner, cluster);
    for (const Carried& carried : inner) out.push_back({Carriage::covered, carried.signed_statement});
  }
  for (const SignedStatement& pre_prepare : body.pre_prepares) out.push_back({Carriage::covered, pre_prepare});
}

bool NewView::digests_match() const { return new_view_body_digest(encoded_body) == digest(); }

Bytes encode_body(const NewView::Body& body) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(body.view_changes.size()));
  for (const ViewChangePtr& view_change : body.view_changes) {
    encode(out, view_change->header);
    out.blob(view_change->encoded_body);
  }
  out.u32(static_cast<std::uint32_t>(body.pre_prepares.size()));
  for (const SignedStatement& pre_prepare : body.pre_prepares) encode(out, pre_prepare);
  return out.take();
}

std::optional<NewView::Body> decode_new_view_body(ByteView bytes) {
  Reader in(bytes);
  NewView::Body body;
  const std::uint32_t view_changes = in.count(kMaxSigners, kSignedStatementBytes);
  for (std::uint32_t i = 0; i < view_changes && !in.failed(); ++i) {
    const SignedStatement header = decode_signed_statement(in);
    const ByteView encoded = in.blob(kMaxViewChangeBodyBytes);
    std::optional<ViewChange::Body> inner = in.failed() ? std::nullopt : decode_view_change_body(encoded);
    if (!inner) return std::nullopt;
    body.view_changes.push_back(
        std::make_shared<ViewChange>(header, std::move(*inner), Bytes(encoded.begin(), encoded.end())));
  }
  const std::uint32_t pre_prepares = in.count(kMaxLogWindow, kSignedStatementBytes);
  for (std::uint32_t i = 0; i < pre_prepares; ++i) body.pre_prepares.push_back(decode_signed_statement(in));
  if (!in.finished()) return std::nullopt;
  return body;
}

Digest new_view_body_digest(ByteView encoded_body) { return hash("new-view", encoded_body); }

Bytes encode_transcript(const NewView& new_view) {
  Writer out;
  encode(out, new_view.header);
  out.blob(new_view.encoded_body);
  return out.take();
}

std::shared_ptr<const NewView> decode_transcript(ByteView bytes) {
  Reader in(bytes);
  const SignedStatement header = decode_signed_statement(in);
  const ByteView encoded = in.blob(kMaxProofBodyBytes);
  if (!in.finished() || new_view_body_digest(encoded) != header.statement.digest) return nullptr;
  std::optional<NewView::Body> body = decode_new_view_body(encoded);
  if (!body) return nullptr;
  return std::make_shared<NewView>(header, std::move(*body), Bytes(encoded.begin(), encoded.end()));
}

void RelayedRequest::list_carried(std::vector<Carried>& out, const Digest& cluster) const {
  out.push_back({Carriage::beside, {request_statement(cluster, *request), request->signature}});
}

void BatchBody::list_carried(std::vector<Carried>& out, const Digest& cluster) const {
  list_requests(out, batch, cluster, Carriage::beside);
}

void DecidedSlot::list_carried(std::vector<Carried>& out, const Digest&) const {
  breakwater::list_carried(out, commits, Carriage::beside);
}

bool DecidedSlot::digests_match() const {
  return commits.statement.digest == (batch == nullptr ? kNullDigest : batch->digest);
}

Bytes encode_archived(const Certificate& commits, const BatchPtr& batch) {
  Writer out;
  encode(out, commits);
  out.blob(batch == nullptr ? ByteView{} : ByteView(batch->encoded));
  return out.take();
}

std::optional<ArchivedSlot> decode_archived(ByteView bytes) {
  Reader in(bytes);
  ArchivedSlot slot;
  slot.commits = decode_certificate(in);
  const ByteView encoded = in.blob(kMaxBatchBytes);
  if (!in.finished()) return std::nullopt;
  if (!encoded.empty()) {
    slot.batch = decode_batch(encoded);
    if (slot.batch == nullptr) return std::nullopt;
  }
  return slot;
}

void Proof::list_carried(std::vector<Carried>& out, const Digest&) const {
  out.push_back({Carriage::beside, first});
  out.push_back({Carriage::beside, second});
}

}  // namespace breakwater::pbft

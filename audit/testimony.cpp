#include "audit/testimony.hpp"

#include "pbft/rules.hpp"

namespace breakwater::audit {

std::expected<void, StoreError> Testimony::read(const Store& store) {
  for (const SequenceNumber n : disputed_) {
    const auto record = store.get(Table::archive, sequence_key(n));
    if (!record) return std::unexpected(record.error());
    if (!*record) continue;
    if (const auto slot = pbft::decode_archived(**record)) add(slot->commits);
  }
  return store.scan(Table::transcripts, {}, [&](ByteView, ByteView value) {
    if (const auto new_view = pbft::decode_transcript(value)) add(new_view);
    return true;
  });
}

void Testimony::add(const SignedStatement& s) {
  const Statement& statement = s.statement;
  Place place{statement.signer, 0, statement.view, statement.sequence};
  switch (statement.kind) {
    case StatementKind::pre_prepare:
    case StatementKind::prepare:
    case StatementKind::commit:
      if (!disputed_.contains(statement.sequence)) return;
      break;
    case StatementKind::view_change:
    case StatementKind::new_view: place.sequence = SequenceNumber(0); [[fallthrough]];
    default: place.group = static_cast<int>(statement.kind);
  }
  said_[place].insert(s);
  if (statement.kind == StatementKind::commit) commits_.insert(s);
}

void Testimony::add(const Certificate& certificate) {
  for (const Certificate::Entry& entry : certificate.entries) add(certificate.signed_by(entry));
}

void Testimony::add(const pbft::ViewChange& view_change) {
  add(view_change.header);
  if (view_change.body.stable_checkpoint) add(*view_change.body.stable_checkpoint);
  for (const pbft::PreparedCertificate& prepared : view_change.body.prepared) {
    add(prepared.pre_prepare);
    add(prepared.prepares);
  }
}

void Testimony::add(const std::shared_ptr<const pbft::NewView>& new_view) {
  if (!new_views_.emplace(new_view->header, new_view).second) return;
  add(new_view->header);
  for (const pbft::ViewChangePtr& view_change : new_view->body.view_changes) {
    if (view_change->digests_match() && view_changes_.emplace(view_change->header, view_change).second) {
      add(*view_change);
    }
  }
  for (const SignedStatement& pre_prepare : new_view->body.pre_prepares) add(pre_prepare);
}

std::vector<pbft::Evidence> Testimony::contradictions() const {
  std::map<Bytes, pbft::Evidence> found;
  const auto note = [&](const std::optional<pbft::Evidence>& evidence) {
    // One that does not hold must not stand in the way of one that does.
    if (evidence && !found.contains(pbft::evidence_key(*evidence)) &&
        pbft::judge(*evidence, group_.checker, group_.config)) {
      found.emplace(pbft::evidence_key(*evidence), *evidence);
    }
  };
  for (const auto& [place, statements] : said_) {
    for (auto a = statements.begin(); a != statements.end(); ++a) {
      for (auto b = std::next(a); b != statements.end(); ++b) note(pbft::contradiction(*a, *b, {}));
    }
  }
  for (const SignedStatement& commit : commits_) {
    for (const auto& [header, view_change] : view_changes_) {
      if (header.statement.signer != commit.statement.signer) continue;
      note(pbft::contradiction(commit, header, view_change->encoded_body));
    }
  }
  for (const auto& [header, view_change] : view_changes_) {
    if (pbft::is_valid(*view_change, group_.config)) continue;
    note(pbft::Evidence{pbft::EvidenceKind::bad_view_change, header, std::nullopt, view_change->encoded_body});
  }
  for (const auto& [header, new_view] : new_views_) {
    if (pbft::is_valid(*new_view, group_.config)) continue;
    note(pbft::Evidence{pbft::EvidenceKind::bad_new_view, header, std::nullopt, new_view->encoded_body});
  }
  std::vector<pbft::Evidence> out;
  out.reserve(found.size());
  for (auto& [key, evidence] : found) out.push_back(evidence);
  return out;
}

}  // namespace breakwater::audit

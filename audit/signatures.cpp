#include "audit/signatures.hpp"

#include <algorithm>

#include "pbft/rules.hpp"

namespace breakwater::audit {

bool Signatures::certifies(const DecidedSlot& slot) {
  ++counts_.certificates_checked;
  const Digest digest = slot.batch == nullptr ? kNullDigest : slot.batch->digest;
  const bool valid = slot.commits && slot.digest == digest &&
                     pbft::is_commit_certificate(*slot.commits, group_.config) &&
                     std::ranges::all_of(slot.commits->entries, [&](const Certificate::Entry& entry) {
                       return group_.checker.holds(slot.commits->signed_by(entry));
                     });
  counts_.certificates_invalid += !valid;
  return valid;
}

void Signatures::check_requests(const Batch& batch) {
  if (!seen_batches_.insert(batch.digest).second) return;
  for (const RequestPtr& request : batch.requests) {
    ++counts_.requests_checked;
    const SignedStatement asked{request_statement(group_.config.cluster, *request), request->signature};
    counts_.requests_forged += !group_.checker.holds(asked);
  }
}

std::expected<void, StoreError> Signatures::read_evidence(const Store& store) {
  return store.scan(Table::evidence, {}, [&](ByteView, ByteView value) {
    const std::optional<pbft::Evidence> evidence = pbft::decode_evidence(value);
    if (evidence) add_evidence(*evidence);
    else ++counts_.evidence_rejected;
    return true;
  });
}

void Signatures::add_evidence(const pbft::Evidence& evidence) {
  if (pbft::judge(evidence, group_.checker, group_.config)) evidence_.emplace(pbft::encode(evidence), evidence);
  else ++counts_.evidence_rejected;
}

std::vector<pbft::Evidence> Signatures::evidence() const {
  std::vector<pbft::Evidence> found;
  found.reserve(evidence_.size());
  for (const auto& [bytes, evidence] : evidence_) found.push_back(evidence);
  return found;
}

std::set<ReplicaId> Signatures::accused() const {
  std::set<ReplicaId> accused;
  for (const auto& [bytes, evidence] : evidence_) accused.insert(evidence.accused());
  return accused;
}

}  // namespace breakwater::audit

// What must hold of PBFT replicas besides: certificates, and that nobody correct contradicts itself.
#pragma once

#include "crypto/signer.hpp"
#include "sim/oracles.hpp"

namespace breakwater::sim {

// `checker` must outlive it. One thread.
class PbftOracles final : public Oracles {
 public:
  // `replicas`: n. Quorums are computed here, from the paper's definition.
  PbftOracles(std::uint32_t replicas, Digest cluster, const SignatureChecker& checker,
              std::function<bool(ReplicaId)> is_byzantine);

  void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;
  void has_said(ReplicaId id, std::optional<ReplicaId> to, const Message& message) override;
  void has_signed(ReplicaId id, const Statement& statement) override;
  void wrote(ReplicaId id, const Record& record) override;
  void convicted(ReplicaId id, const pbft::Conviction& conviction) override;

 private:
  void check_certificate(ReplicaId id, const Certificate& commits);
  void archived(ReplicaId id, ByteView record);

  std::uint32_t replicas_;
  std::size_t quorum_;
  Digest cluster_;
  const SignatureChecker& checker_;
  std::function<bool(ReplicaId)> is_byzantine_;

  void check_era(ReplicaId id, const Statement& statement, const std::string& what);

  // (signer, kind, view, sequence) to digest: what one correct replica may say once, in one incarnation. Views and
  // sequences that a kind does not promise for are zero.
  std::map<std::tuple<Signatory, StatementKind, ViewNumber, SequenceNumber>, Digest> said_;
  std::map<Signatory, ViewNumber> asked_for_;  // the highest view that each asked for: it votes in none below
  // Where each incarnation's word begins to count, as executed by whoever executed it first.
  std::map<std::pair<ReplicaId, Incarnation>, Era> eras_;
  std::map<SequenceNumber, Digest> checkpoints_;
};

}  // namespace breakwater::sim

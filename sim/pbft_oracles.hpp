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

  // (signer, kind, view, sequence) to digest: what one correct replica may say once. Views and sequences that a kind
  // does not promise for are zero.
  std::map<std::tuple<ReplicaId, StatementKind, ViewNumber, SequenceNumber>, Digest> said_;
  std::map<ReplicaId, ViewNumber> asked_for_;  // the highest view that each asked for: it votes in none below
  std::map<SequenceNumber, Digest> checkpoints_;
};

}  // namespace breakwater::sim

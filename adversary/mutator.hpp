// Mutations of PBFT's messages.
#pragma once

#include "adversary/message_mutator.hpp"
#include "adversary/pen.hpp"

namespace breakwater::adversary {

// Signs again where the outer statement is the replica's own: what it says then is a lie, not damage. Each of
// pbft/messages.hpp but decided slots, for which see mutated_slot(). `config` and `signer` must outlive it.
class Mutator final : public MessageMutator {
 public:
  Mutator(const pbft::Config& config, Signer& signer, std::uint64_t seed)
      : MessageMutator(config.self, seed), config_(config), pen_(config, signer) {}

  void see(const Message& message) override;
  MessagePtr mutated(const MessagePtr& message, Scope scope) override;

 private:
  using MessageMutator::moved;
  Digest other_digest(Scope scope);
  Statement moved(Statement statement, Scope scope);
  SignedStatement signed_again(const SignedStatement& original, const Statement& changed);
  void move_certificate(Certificate& certificate, Scope scope);
  MessagePtr mutated_proposal(const pbft::PrePrepare& m, Scope scope);
  MessagePtr mutated_prepare(const pbft::Prepare& m, Scope scope);
  MessagePtr mutated_view_change(const pbft::ViewChange& m, Scope scope);
  MessagePtr mutated_new_view(const pbft::NewView& m, Scope scope);
  MessagePtr mutated_status(const pbft::Status& m, Scope scope);
  MessagePtr mutated_request(const pbft::RelayedRequest& m, Scope scope);
  MessagePtr mutated_proof(const pbft::Proof& m, Scope scope);

  const pbft::Config& config_;
  const Pen pen_;
  Seen<std::uint64_t> views_, sequences_;
  Seen<Digest> digests_;
  Seen<SignedStatement> statements_, proposals_;
  Seen<pbft::PreparedCertificate> prepared_;
  Seen<pbft::ViewChangePtr> view_changes_;
};

// A decided slot that does not prove itself any more, or that proves another batch. The archive's slots do not pass
// through the engine, and nobody signs them.
MessagePtr mutated_slot(const pbft::DecidedSlot& slot, Random& random);

}  // namespace breakwater::adversary

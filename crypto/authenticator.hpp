// The minters of Verified<T>.
#pragma once

#include <expected>
#include <functional>

#include "crypto/signed_message.hpp"
#include "crypto/signer.hpp"
#include "replication/verified.hpp"

namespace breakwater {

// What authentication says of a message: it is good, or its sender is convicted by it, or it is dropped.
struct Authenticated {
  std::optional<Verified<MessagePtr>> good;
  std::optional<Verified<Spoiled>> spoiled;
  std::optional<RejectReason> dropped;
};

// Checks signatures with `checker`, which it does not own. Any thread, if the checker and `is_sound` allow it.
class SignatureAuthenticator final : public Authenticator {
 public:
  // `is_sound`: is the signed body one that a correct replica may sign, apart from the signatures in it? Asked once the
  // outer signature holds and before any other is checked, so that nobody buys thousands of checks with one frame.
  using Soundness = std::function<bool(const Message&)>;
  SignatureAuthenticator(const SignatureChecker& checker, Digest cluster, Soundness is_sound = nullptr)
      : checker_(checker), cluster_(cluster), is_sound_(std::move(is_sound)) {}

  // `channel_sender` is the replica that the authenticated channel names. A message whose sender() is another is
  // allowed (it may be relayed) only if it carries an outer signature.
  Authenticated authenticate(MessagePtr message, ReplicaId channel_sender) const;
  // The caller guarantees that request.digest was recomputed from the body.
  std::expected<Verified<RequestPtr>, RejectReason> authenticate(RequestPtr request) const;

 private:
  bool holds(const SignedStatement& signed_statement) const;

  const SignatureChecker& checker_;
  Digest cluster_;
  Soundness is_sound_;
};

}  // namespace breakwater

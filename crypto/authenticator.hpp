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
  std::optional<Verified<MessagePtr>> good = {};
  std::optional<Verified<Spoiled>> spoiled = {};
  std::optional<RejectReason> dropped = {};
  std::optional<Verified<Garbled>> garbled = {};  // beside `dropped`: its channel's own replica is to blame
};

// What the gate asks. Any thread, if what it was made from allows it.
class GateAuthenticator : public Authenticator {
 public:
  virtual ~GateAuthenticator() = default;
  // `channel_sender` is the replica that the authenticated channel names.
  virtual Authenticated authenticate(MessagePtr message, ReplicaId channel_sender) const = 0;
  // The caller guarantees that request.digest was recomputed from the body, and that the channel's client is the
  // request's.
  virtual std::expected<Verified<RequestPtr>, RejectReason> authenticate(RequestPtr request) const = 0;
};

// Checks signatures with `checker`, which it does not own. Any thread, if the checker and `is_sound` allow it.
class SignatureAuthenticator final : public GateAuthenticator {
 public:
  // `is_sound`: is the signed body one that a correct replica may sign, apart from the signatures in it? Asked once the
  // outer signature holds and before any other is checked, so that nobody buys thousands of checks with one frame.
  using Soundness = std::function<bool(const Message&)>;
  SignatureAuthenticator(const SignatureChecker& checker, Digest cluster, Soundness is_sound = nullptr)
      : checker_(checker), cluster_(cluster), is_sound_(std::move(is_sound)) {}

  // A message whose sender() is not the channel's is allowed (it may be relayed) only if it carries an outer signature.
  Authenticated authenticate(MessagePtr message, ReplicaId channel_sender) const override;
  std::expected<Verified<RequestPtr>, RejectReason> authenticate(RequestPtr request) const override;

 private:
  bool holds(const SignedStatement& signed_statement) const;

  const SignatureChecker& checker_;
  Digest cluster_;
  Soundness is_sound_;
};

// The fault model of crashes: what the authenticated channel's peer says, it is believed to say truly. Any thread.
class ChannelAuthenticator final : public GateAuthenticator {
 public:
  Authenticated authenticate(MessagePtr message, ReplicaId channel_sender) const override;
  std::expected<Verified<RequestPtr>, RejectReason> authenticate(RequestPtr request) const override;
};

// Members are believed by their channel, clients by their signature alone: what signed requests cost where nothing
// else is signed. Any thread, if the checker allows it.
class SignedRequestAuthenticator final : public GateAuthenticator {
 public:
  SignedRequestAuthenticator(const SignatureChecker& checker, Digest cluster) : signatures_(checker, cluster) {}
  Authenticated authenticate(MessagePtr message, ReplicaId channel_sender) const override {
    return channel_.authenticate(std::move(message), channel_sender);
  }
  std::expected<Verified<RequestPtr>, RejectReason> authenticate(RequestPtr request) const override {
    return signatures_.authenticate(std::move(request));
  }

 private:
  ChannelAuthenticator channel_;
  SignatureAuthenticator signatures_;
};

}  // namespace breakwater

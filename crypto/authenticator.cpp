#include "crypto/authenticator.hpp"

#include <span>

#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

namespace {

Authenticated dropped(RejectReason reason) { return {.dropped = reason}; }

// A client's statement, or another replica's, must not pass for the sender's own.
bool is_signed_by(const SignedStatement& outer, ReplicaId sender) {
  const Signatory& signer = outer.statement.signer;
  return signer.role == SignerRole::replica && signer.id == sender.value;
}

}  // namespace

bool SignatureAuthenticator::holds(const SignedStatement& s) const {
  [[maybe_unused]] const StatementKind kind = s.statement.kind;  // mutants alone ask
  if (mutant(Mutant::pre_prepare_unsigned) && kind == StatementKind::pre_prepare) return true;
  if (mutant(Mutant::view_change_unsigned) && kind == StatementKind::view_change) return true;
  if (mutant(Mutant::client_unsigned) && kind == StatementKind::request) return true;
  if (mutant(Mutant::no_domain_tag) && kind == StatementKind::commit) {
    SignedStatement as_prepare = s;  // as if both kinds signed the same bytes
    as_prepare.statement.kind = StatementKind::prepare;
    if (checker_.holds(as_prepare)) return true;
  }
  return checker_.holds(s);
}

Authenticated SignatureAuthenticator::authenticate(MessagePtr message, ReplicaId channel_sender) const {
  BW_ASSERT(message != nullptr);
  const auto* signed_message = dynamic_cast<const SignedMessage*>(message.get());
  if (signed_message == nullptr) {
    if (message->sender() != channel_sender) return dropped(RejectReason::sender_mismatch);
    return {.good = mint(std::move(message))};
  }
  const auto garbled = [&](RejectReason reason) {
    Authenticated result = dropped(reason);
    if (message->sender() == channel_sender) result.garbled = mint(Garbled{std::move(message)});
    return result;
  };
  if (!signed_message->digests_match()) return garbled(RejectReason::digest_mismatch);

  std::vector<Carried> carried;
  signed_message->list_carried(carried, cluster_);
  std::span<const Carried> rest = carried;
  const bool has_outer = !rest.empty() && rest.front().carriage == Carriage::outer;
  if (has_outer) {
    const SignedStatement& outer = rest.front().signed_statement;
    if (!is_signed_by(outer, message->sender())) return dropped(RejectReason::sender_mismatch);
    if (!holds(outer)) return garbled(RejectReason::bad_signature);
    rest = rest.subspan(1);
    if (is_sound_ && !is_sound_(*message)) return {.spoiled = mint(Spoiled{std::move(message)})};
  } else if (message->sender() != channel_sender) {
    return dropped(RejectReason::sender_mismatch);
  }

  for (const Carried& item : rest) {
    if (holds(item.signed_statement)) continue;
    if (item.carriage != Carriage::covered) return dropped(RejectReason::bad_carried_signature);
    // Without an outer signature the channel alone says who sent it, and that convinces nobody else.
    if (!has_outer) return dropped(RejectReason::bad_nested_signature);
    return {.spoiled = mint(Spoiled{std::move(message)})};
  }
  return {.good = mint(std::move(message))};
}

std::expected<Verified<RequestPtr>, RejectReason> SignatureAuthenticator::authenticate(RequestPtr request) const {
  BW_ASSERT(request != nullptr);
  const SignedStatement signed_statement{request_statement(cluster_, *request), request->signature};
  if (!checker_.knows(signed_statement.statement.signer)) return std::unexpected(RejectReason::unknown_client);
  if (!checker_.holds(signed_statement)) return std::unexpected(RejectReason::bad_signature);
  return mint(std::move(request));
}

Authenticated ChannelAuthenticator::authenticate(MessagePtr message, ReplicaId channel_sender) const {
  BW_ASSERT(message != nullptr);
  if (message->sender() != channel_sender) return dropped(RejectReason::sender_mismatch);
  return {.good = mint(std::move(message))};
}

std::expected<Verified<RequestPtr>, RejectReason> ChannelAuthenticator::authenticate(RequestPtr request) const {
  BW_ASSERT(request != nullptr);
  return mint(std::move(request));
}

}  // namespace breakwater

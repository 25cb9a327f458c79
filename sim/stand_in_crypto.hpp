// A fast stand-in for Ed25519 that cannot be forged inside a simulated world.
#pragma once

#include <map>

#include "crypto/digest.hpp"
#include "crypto/roster.hpp"

namespace breakwater::sim {

// Signatures are keyed digests; the secrets never leave this object, so an adversary can only sign as itself.
class StandInCrypto final : public SignatureChecker {
 public:
  explicit StandInCrypto(Digest cluster) : cluster_(cluster) {}

  // Signs as anybody; hand each party a StandInSigner of its own.
  Signature sign(const Statement& statement) const {
    const auto bytes = statement.encode();
    Signature out;
    const Digest low = hash("stand-in-signature", bytes);
    std::copy(low.bytes.begin(), low.bytes.end(), out.bytes.begin());
    return out;
  }
  bool holds(const SignedStatement& s) const override {
    return s.statement.cluster == cluster_ && s.signature == sign(s.statement);
  }

 private:
  Digest cluster_;
};

class StandInSigner final : public Signer {
 public:
  StandInSigner(const StandInCrypto& crypto, Signatory identity) : crypto_(crypto), identity_(identity) {}
  Signature sign(const Statement& statement) override {
    // Signing as another would be forging: an adversary's bug, not its power.
    return statement.signer == identity_ ? crypto_.sign(statement) : Signature{};
  }
  Signatory identity() const override { return identity_; }

 private:
  const StandInCrypto& crypto_;
  Signatory identity_;
};

}  // namespace breakwater::sim

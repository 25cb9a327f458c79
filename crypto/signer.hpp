// Signing, as an engine sees it.
#pragma once

#include "crypto/statement.hpp"

namespace breakwater {

// Signs statements as one replica or client. Deterministic: the same statement, the same signature.
// Engines get one injected; crypto/keys.hpp has the Ed25519 one, the simulator a fast stand-in.
class Signer {
 public:
  virtual ~Signer() = default;
  // The caller guarantees that statement.signer is this signer.
  virtual Signature sign(const Statement& statement) = 0;
  virtual Signatory identity() const = 0;
};

// Checks one signature. Any thread.
class SignatureChecker {
 public:
  virtual ~SignatureChecker() = default;
  // False for an unknown signer, another cluster, and a signature that does not hold.
  virtual bool holds(const SignedStatement& signed_statement) const = 0;
  // False when no key is known for `signer`: lets a rejection name the better reason. Never needed for safety.
  virtual bool knows(const Signatory& signer) const {
    static_cast<void>(signer);
    return true;
  }
};

}  // namespace breakwater

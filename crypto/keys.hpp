// Ed25519 keys, and the checks that run before any key is trusted.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "crypto/roster.hpp"
#include "crypto/signer.hpp"

namespace breakwater {

// Initialises libsodium and runs the known-answer tests: signatures, small-order and non-canonical keys, S >= L.
// Returns the failure in a line, or nothing. Call once per process before any other function of crypto/.
std::optional<std::string> crypto_start();

using Seed = FixedBytes<struct SeedTag, 32>;

// A signing key. Wiped on destruction; never copied.
class SigningKey {
 public:
  static SigningKey from_seed(const Seed& seed);
  static Seed random_seed();  // for `init` only: nothing else in the project draws randomness
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  PublicKey public_key() const;
  Signature sign(ByteView message) const;

 private:
  SigningKey() = default;
  std::array<std::uint8_t, 64> secret_{};
};

bool ed25519_holds(const PublicKey& key, ByteView message, const Signature& signature);

// Counts its signatures, for the cost figures.
class Ed25519Signer final : public Signer {
 public:
  Ed25519Signer(SigningKey key, Signatory identity);
  // With the key of each incarnation that it may sign for, at least one; its identity is the latest.
  Ed25519Signer(std::map<Incarnation, SigningKey> keys, Signatory latest);
  Signature sign(const Statement& statement) override;
  Signatory identity() const override { return identity_; }
  std::uint64_t signatures() const { return signatures_; }

 private:
  std::map<Incarnation, SigningKey> keys_;
  Signatory identity_;
  std::uint64_t signatures_ = 0;
};

// Checks against the roster. `roster` must outlive it. Any thread; counts the signatures it really verified.
class Ed25519Checker final : public SignatureChecker {
 public:
  explicit Ed25519Checker(const Roster& roster);
  ~Ed25519Checker() override;
  bool holds(const SignedStatement& signed_statement) const override;
  bool knows(const Signatory& signer) const override;
  // It holds, and need not be checked: this process signed it. The caller guarantees that.
  void remember(const SignedStatement& signed_here);
  std::uint64_t verifications() const;

 private:
  const Roster& roster_;
  struct State;
  std::unique_ptr<State> state_;  // the counter and the memo of signatures that held
};

// Signs, and has the checker know what it signed: replicas get their own statements back inside others'. Both must
// outlive it. One thread.
class RememberingSigner final : public Signer {
 public:
  RememberingSigner(Signer& signer, Ed25519Checker& checker) : signer_(signer), checker_(checker) {}
  Signature sign(const Statement& statement) override;
  Signatory identity() const override { return signer_.identity(); }

 private:
  Signer& signer_;
  Ed25519Checker& checker_;
};

}  // namespace breakwater

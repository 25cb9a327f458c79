// Signatures that are left out, so that their cost can be told apart. For harbors that say so themselves, and are
// worth nothing else (node/cluster_config.hpp: BenchSettings).
#pragma once

#include "crypto/signer.hpp"

namespace breakwater {

// Whose signatures are neither made nor checked.
struct Waived {
  bool votes = false;     // whatever replicas sign: pre-prepares, prepares, commits, checkpoints, replies, ...
  bool requests = false;  // what clients sign
};

// Gives the same bytes for every statement, and proves nothing. They are not zero, which engines take for a signature
// that is still to be made.
class PlaceholderSigner final : public Signer {
 public:
  explicit PlaceholderSigner(Signatory identity) : identity_(identity) {}
  Signature sign(const Statement& statement) override;
  Signatory identity() const override { return identity_; }

 private:
  Signatory identity_;
};

// Lets pass unchecked what is waived, and asks `checker` about the rest. `checker` must outlive it. Any thread, if the
// checker allows it.
class WaivingChecker final : public SignatureChecker {
 public:
  WaivingChecker(const SignatureChecker& checker, Waived waived) : checker_(checker), waived_(waived) {}
  bool holds(const SignedStatement& signed_statement) const override;
  bool knows(const Signatory& signer) const override { return checker_.knows(signer); }

 private:
  const SignatureChecker& checker_;
  Waived waived_;
};

}  // namespace breakwater

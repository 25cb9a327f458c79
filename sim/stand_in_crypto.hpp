// The signatures of a simulated world: a fast stand-in for Ed25519 that cannot be forged inside it, or the real thing.
#pragma once

#include <map>
#include <memory>

#include "crypto/digest.hpp"
#include "crypto/keys.hpp"
#include "crypto/memo.hpp"
#include "crypto/roster.hpp"

namespace breakwater::sim {

// Signs and checks for everyone. Stand-in signatures are digests: nothing but sign() makes one, and an adversary has a
// signer of its own name only. One thread.
class StandInCrypto final : public SignatureChecker {
 public:
  // `real`: Ed25519 with keys that follow from the cluster's id and the signer's name.
  explicit StandInCrypto(Digest cluster, bool real = false) : cluster_(cluster), real_(real) {}

  // Signs as anybody; hand each party a StandInSigner of its own.
  Signature sign(const Statement& statement) const {
    const auto bytes = statement.encode();
    if (real_) return keys_of(statement.signer).first.sign(bytes);
    Signature out;
    const Digest low = hash("stand-in-signature", bytes);
    std::copy(low.bytes.begin(), low.bytes.end(), out.bytes.begin());
    return out;
  }
  bool holds(const SignedStatement& s) const override {
    if (s.statement.cluster != cluster_) return false;
    if (real_) {
      const auto bytes = s.statement.encode();
      const Digest key = hash("held", bytes, s.signature.view());
      if (held_.contains(key)) return true;
      if (!ed25519_holds(keys_of(s.statement.signer).second, bytes, s.signature)) return false;
      held_.insert(key);
      return true;
    }
    return s.signature == sign(s.statement);
  }

 private:
  using Keys = std::pair<SigningKey, PublicKey>;
  const Keys& keys_of(const Signatory& signer) const {
    const auto known = keys_.find(signer);
    if (known != keys_.end()) return known->second;
    Writer name;
    name.fixed(cluster_).u8(static_cast<std::uint8_t>(signer.role)).u32(signer.id).u32(signer.incarnation.value);
    SigningKey key = SigningKey::from_seed({hash("simulated key", name.bytes()).bytes});
    const PublicKey public_key = key.public_key();
    return keys_.emplace(signer, Keys{std::move(key), public_key}).first->second;
  }

  Digest cluster_;
  bool real_;
  mutable std::map<Signatory, Keys> keys_;
  mutable Memo held_{4096};
};

class StandInSigner final : public Signer {
 public:
  StandInSigner(const StandInCrypto& crypto, Signatory identity)
      : crypto_(crypto), identity_(identity), earliest_(identity.incarnation) {}
  // It has the keys of these incarnations from now on.
  void take_keys(Incarnation earliest, Incarnation latest) {
    earliest_ = earliest;
    identity_.incarnation = latest;
  }
  Signature sign(const Statement& statement) override {
    // Signing as another would be forging: an adversary's bug, not its power.
    const Signatory& signer = statement.signer;
    if (signer.role != identity_.role || signer.id != identity_.id || signer.incarnation < earliest_ ||
        signer.incarnation > identity_.incarnation) {
      return Signature{};
    }
    return crypto_.sign(statement);
  }
  Signatory identity() const override { return identity_; }

 private:
  const StandInCrypto& crypto_;
  Signatory identity_;
  Incarnation earliest_;
};

}  // namespace breakwater::sim

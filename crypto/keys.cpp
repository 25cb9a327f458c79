#include "crypto/keys.hpp"

#include <sodium.h>

#include <atomic>

#include "crypto/digest.hpp"
#include "crypto/memo.hpp"
#include "replication/assert.hpp"

namespace breakwater {

static_assert(Seed::kSize == crypto_sign_SEEDBYTES);
static_assert(PublicKey::kSize == crypto_sign_PUBLICKEYBYTES);
static_assert(Signature::kSize == crypto_sign_BYTES);

SigningKey SigningKey::from_seed(const Seed& seed) {
  static_assert(sizeof(SigningKey::secret_) == crypto_sign_SECRETKEYBYTES);
  SigningKey key;
  PublicKey ignored;  // the secret key's second half repeats it
  crypto_sign_seed_keypair(ignored.bytes.data(), key.secret_.data(), seed.bytes.data());
  return key;
}

Seed SigningKey::random_seed() {
  Seed seed;
  randombytes_buf(seed.bytes.data(), seed.bytes.size());
  return seed;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

SigningKey& SigningKey::operator=(SigningKey&& other) noexcept {
  if (this != &other) {
    secret_ = other.secret_;
    sodium_memzero(other.secret_.data(), other.secret_.size());
  }
  return *this;
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

PublicKey SigningKey::public_key() const {
  PublicKey key;
  crypto_sign_ed25519_sk_to_pk(key.bytes.data(), secret_.data());
  return key;
}

Signature SigningKey::sign(ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(), secret_.data());
  return signature;
}

bool ed25519_holds(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

Ed25519Signer::Ed25519Signer(SigningKey key, Signatory identity) : identity_(identity) {
  keys_.emplace(identity.incarnation, std::move(key));
}

Ed25519Signer::Ed25519Signer(std::map<Incarnation, SigningKey> keys, Signatory latest)
    : keys_(std::move(keys)), identity_(latest) {
  BW_ASSERT(!keys_.empty() && keys_.rbegin()->first == latest.incarnation);
}

Signature Ed25519Signer::sign(const Statement& statement) {
  const Signatory& signer = statement.signer;
  const auto key = keys_.find(signer.incarnation);
  BW_ASSERT(signer.role == identity_.role && signer.id == identity_.id && key != keys_.end());
  ++signatures_;
  return key->second.sign(statement.encode());
}

// A statement comes back inside certificates, view-changes and retransmissions, so what held is remembered. Keyed by
// statement *and* signature, for a signer can mint many signatures that hold; what failed is not kept, for anyone
// can send that without end.
struct Ed25519Checker::State {
  static constexpr std::size_t kMemoPlaces = 65'536;
  std::atomic<std::uint64_t> verifications = 0;
  Memo memo{kMemoPlaces};
};

Ed25519Checker::Ed25519Checker(const Roster& roster) : roster_(roster), state_(std::make_unique<State>()) {}
Ed25519Checker::~Ed25519Checker() = default;

bool Ed25519Checker::knows(const Signatory& signer) const { return roster_.key_of(signer) != nullptr; }

namespace {
Digest memo_key(ByteView statement, const Signature& signature) {
  return hash("verified", statement, signature.view());
}
}  // namespace

Signature RememberingSigner::sign(const Statement& statement) {
  const Signature signature = signer_.sign(statement);
  checker_.remember({statement, signature});
  return signature;
}

void Ed25519Checker::remember(const SignedStatement& signed_here) {
  state_->memo.insert(memo_key(signed_here.statement.encode(), signed_here.signature));
}

bool Ed25519Checker::holds(const SignedStatement& signed_statement) const {
  const Statement& statement = signed_statement.statement;
  if (statement.cluster != roster_.cluster()) return false;
  const PublicKey* key = roster_.key_of(statement.signer);
  if (key == nullptr) return false;
  const auto bytes = statement.encode();
  const Digest remembered = memo_key(bytes, signed_statement.signature);
  if (state_->memo.contains(remembered)) return true;
  state_->verifications.fetch_add(1, std::memory_order_relaxed);
  if (!ed25519_holds(*key, bytes, signed_statement.signature)) return false;
  state_->memo.insert(remembered);
  return true;
}

std::uint64_t Ed25519Checker::verifications() const { return state_->verifications.load(std::memory_order_relaxed); }

}  // namespace breakwater

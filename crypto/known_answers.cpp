// The tests that run before any key is trusted. Replicas that disagree about one signature disagree about a
// certificate, so the verifier must be the strict one, whatever library the system installed.
#include <sodium.h>

#include "crypto/digest.hpp"
#include "crypto/keys.hpp"

namespace breakwater {

namespace {

template <class Fixed>
Fixed fixed_from_hex(std::string_view text) {
  return Fixed::from(from_hex(text).value_or(Bytes{})).value_or(Fixed{});
}

struct KnownSignature {
  std::string_view seed, public_key, message, signature;
};

// RFC 8032, section 7.1, tests 1 and 2.
constexpr KnownSignature kKnownSignatures[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"},
};

// The group's order L, little-endian: S + L gives a second signature for the same message in a lax verifier.
constexpr std::string_view kGroupOrder = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

// R = the base point, S = 1: a lax verifier accepts it for every message under a key that encodes the neutral element.
constexpr std::string_view kSignatureOfNobody =
    "5866666666666666666666666666666666666666666666666666666666666666"
    "0100000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view kSmallOrderKey = "0100000000000000000000000000000000000000000000000000000000000000";
// The same point with y = p + 1.
constexpr std::string_view kNonCanonicalKey = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

Signature with_order_added(Signature signature) {
  const Bytes order = from_hex(kGroupOrder).value_or(Bytes(32));
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = signature.bytes[32 + i] + order[i] + carry;
    signature.bytes[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  return signature;
}

std::optional<std::string> check_known_signature(const KnownSignature& known) {
  const SigningKey key = SigningKey::from_seed(fixed_from_hex<Seed>(known.seed));
  const Bytes message = from_hex(known.message).value_or(Bytes{});
  const auto signature = fixed_from_hex<Signature>(known.signature);
  if (key.public_key() != fixed_from_hex<PublicKey>(known.public_key)) return "a known seed gives another public key";
  if (key.sign(message) != signature) return "a known message gets another signature";
  if (!ed25519_holds(key.public_key(), message, signature)) return "a known signature does not hold";
  for (const std::size_t flipped : {std::size_t{0}, std::size_t{32}}) {  // in R, and in S
    Signature wrong = signature;
    wrong.bytes[flipped] ^= 1;
    if (ed25519_holds(key.public_key(), message, wrong)) return "a signature holds with a flipped bit";
  }
  Bytes longer = message;
  longer.push_back(0);
  if (ed25519_holds(key.public_key(), longer, signature)) return "a signature holds for another message";
  if (ed25519_holds(key.public_key(), message, with_order_added(signature))) return "a signature with S >= L holds";
  return std::nullopt;
}

std::optional<std::string> check_refused_keys() {
  const auto signature = fixed_from_hex<Signature>(kSignatureOfNobody);
  const ByteView message = as_bytes("signed by nobody");
  if (ed25519_holds(fixed_from_hex<PublicKey>(kSmallOrderKey), message, signature)) {
    return "a public key of small order is accepted";
  }
  if (ed25519_holds(fixed_from_hex<PublicKey>(kNonCanonicalKey), message, signature)) {
    return "a public key that is not canonical is accepted";
  }
  return std::nullopt;
}

// BLAKE2b-256 of the empty string, computed through the same library calls that `hash` uses.
constexpr std::string_view kEmptyBlake2b = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";

std::optional<std::string> check_digest() {
  Digest digest;
  crypto_generichash(digest.bytes.data(), Digest::kSize, nullptr, 0, nullptr, 0);
  if (digest != fixed_from_hex<Digest>(kEmptyBlake2b)) return "BLAKE2b gives another digest";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> crypto_start() {
  static constexpr std::string_view kMend = "; install a current libsodium built without ED25519_COMPAT";
  if (sodium_init() < 0) return "libsodium does not initialise; install a current libsodium";
  std::optional<std::string> failure = check_digest();
  for (const KnownSignature& known : kKnownSignatures) {
    if (!failure) failure = check_known_signature(known);
  }
  if (!failure) failure = check_refused_keys();
  if (!failure) return std::nullopt;
  return "libsodium fails a known-answer test: " + *failure + std::string(kMend);
}

}  // namespace breakwater

// Damaged frames: every truncation, every flipped bit, random bytes. None may crash a reader; none may pass for the
// original or convict its sender.
#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/codec/samples.hpp"

namespace breakwater {

namespace {

using pbft::MessageKind;
using samples::client_samples;
using samples::replica_samples;

constexpr std::uint32_t kSeed = 20260101;

// What a decoder made of the bytes, as canonical bytes again; nothing when it refused them.
std::optional<Bytes> read_again(const pbft::PbftMessage& message) {
  const auto again = decode_pbft_frame(encode_frame(message));
  if (!again) return std::nullopt;
  return encode_frame(**again);
}

std::optional<Bytes> decoded_client_bytes(ByteView frame, bool to_replica) {
  if (to_replica) {
    const auto decoded = decode_client_frame(frame);
    if (!decoded) return std::nullopt;
    if (const auto* request = std::get_if<RequestPtr>(&*decoded)) return encode_frame(**request);
    if (const auto* order = std::get_if<PartitionOrder>(&*decoded)) return encode_frame(*order);
    return encode_frame(std::get<StatusQuery>(*decoded));
  }
  const auto decoded = decode_answer_frame(frame);
  if (!decoded) return std::nullopt;
  return std::visit([](const auto& answer) { return encode_frame(answer); }, *decoded);
}

// Kinds of which some part is vouched for by nothing but the channel.
bool has_unsigned_content(MessageKind kind) {
  return kind == MessageKind::status || kind == MessageKind::batch_body || kind == MessageKind::proof;
}

struct FlipCounts {
  int refused = 0, slack = 0, changed = 0;
};

// One flipped bit: refused by the codec, or in a byte that means nothing, or not authentic.
void check_flipped(const SignatureAuthenticator& authenticator, const pbft::PbftMessage& original,
                   const Bytes& original_frame, ByteView flipped, FlipCounts& counts) {
  const auto decoded = decode_pbft_frame(flipped);
  if (!decoded) {
    ++counts.refused;
    return;
  }
  const Bytes canonical = encode_frame(**decoded);
  if (canonical == original_frame) {
    ++counts.slack;
    return;
  }
  ++counts.changed;
  BOOST_REQUIRE((read_again(**decoded) == canonical));
  const Authenticated verdict = authenticator.authenticate(*decoded, original.sender());
  BOOST_REQUIRE(!verdict.spoiled.has_value());  // damage on the way must not convict
  if (!has_unsigned_content((*decoded)->kind())) BOOST_REQUIRE(!verdict.good.has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_frames)

BOOST_AUTO_TEST_CASE(truncations_of_replica_frames_are_refused_or_lose_nothing) {
  for (const auto& sample : replica_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const Bytes frame = encode_frame(*sample.message);
      for (std::size_t size = 0; size < frame.size(); ++size) {
        // A copy of its own, so that a sanitizer sees a read beyond the end.
        const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
        const auto decoded = decode_pbft_frame(cut);
        if (decoded) {
          BOOST_REQUIRE((encode_frame(**decoded) == frame));
        } else {
          BOOST_REQUIRE_EQUAL(name_of(decoded.error()), name_of(RejectReason::malformed));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(truncations_of_client_frames_are_refused_or_lose_nothing) {
  for (const auto& sample : client_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      for (std::size_t size = 0; size < sample.frame.size(); ++size) {
        const Bytes cut(sample.frame.begin(), sample.frame.begin() + static_cast<std::ptrdiff_t>(size));
        const auto decoded = decoded_client_bytes(cut, sample.to_replica);
        if (decoded) BOOST_REQUIRE((*decoded == sample.frame));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_passes_or_convicts) {
  const Ed25519Checker checker(samples::roster());
  const SignatureAuthenticator authenticator(checker, samples::roster().cluster());
  for (const auto& sample : replica_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const Bytes frame = encode_frame(*sample.message);
      Bytes flipped = frame;
      FlipCounts counts;
      for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
        const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
        flipped[bit / 8] ^= mask;
        check_flipped(authenticator, *sample.message, frame, flipped, counts);
        flipped[bit / 8] ^= mask;
      }
      // The table of outcomes must not be empty on the sides that this test is about.
      BOOST_TEST(counts.refused > 0);
      BOOST_TEST(counts.changed > 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(flipped_requests_are_not_authentic) {
  const Ed25519Checker checker(samples::roster());
  const SignatureAuthenticator authenticator(checker, samples::roster().cluster());
  const RequestPtr original = samples::request(41, {to_bytes("reserve S-7")});
  Bytes frame = encode_frame(*original);
  int changed = 0;
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
    frame[bit / 8] ^= mask;
    const auto decoded = decode_client_frame(frame);
    const auto* request = decoded ? std::get_if<RequestPtr>(&*decoded) : nullptr;
    if (request != nullptr && !(**request == *original)) {
      ++changed;
      BOOST_REQUIRE(!authenticator.authenticate(*request).has_value());
    }
    frame[bit / 8] ^= mask;
  }
  BOOST_TEST(changed > 0);
}

BOOST_AUTO_TEST_CASE(flipped_answers_do_not_crash_a_client) {
  int survived = 0;
  for (const auto& sample : client_samples()) {
    Bytes frame = sample.frame;
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
      frame[bit / 8] ^= mask;
      const auto decoded = decoded_client_bytes(frame, sample.to_replica);
      if (decoded) {
        ++survived;
        BOOST_REQUIRE((decoded_client_bytes(*decoded, sample.to_replica) == decoded));
      }
      frame[bit / 8] ^= mask;
    }
  }
  BOOST_TEST(survived > 0);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_refused) {
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(random() % 512);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    // Half of them get past the first look: a plausible root and the right identifier.
    if (bytes.size() >= 8 && round % 2 == 0) {
      const std::string_view head = round % 4 == 0 ? "\x10\0\0\0BWRP" : "\x10\0\0\0BWCL";
      const std::string_view eight(head.data(), 8);
      std::copy(eight.begin(), eight.end(), bytes.begin());
    }
    BOOST_REQUIRE(!decode_pbft_frame(bytes).has_value());
    BOOST_REQUIRE(!decode_client_frame(bytes).has_value());
    BOOST_REQUIRE(!decode_answer_frame(bytes).has_value());
  }
}

BOOST_AUTO_TEST_CASE(spliced_frames_do_not_crash) {
  std::mt19937 random(kSeed);
  std::vector<Bytes> frames;
  for (const auto& sample : replica_samples()) frames.push_back(encode_frame(*sample.message));
  for (const auto& sample : client_samples()) frames.push_back(sample.frame);
  int decoded_count = 0;
  for (int round = 0; round < 40'000; ++round) {
    Bytes frame = frames[random() % frames.size()];
    const Bytes& other = frames[random() % frames.size()];
    for (std::uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
      const std::size_t length = std::min<std::size_t>(1 + random() % 16, std::min(frame.size(), other.size()));
      const auto from = other.begin() + static_cast<std::ptrdiff_t>(random() % (other.size() - length + 1));
      const auto to = frame.begin() + static_cast<std::ptrdiff_t>(random() % (frame.size() - length + 1));
      std::copy(from, from + static_cast<std::ptrdiff_t>(length), to);
    }
    if (const auto decoded = decode_pbft_frame(frame)) {
      ++decoded_count;
      BOOST_REQUIRE((read_again(**decoded) == encode_frame(**decoded)));
    }
    static_cast<void>(decode_client_frame(frame));
    static_cast<void>(decode_answer_frame(frame));
  }
  BOOST_TEST(decoded_count > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater

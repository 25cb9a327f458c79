// Frames of state transfer: what is written is read again, and what is hostile is refused by name.
#include <boost/test/unit_test.hpp>

#include "net/frame.hpp"
#include "net/schema/transfer_generated.h"
#include "tests/codec/samples.hpp"

namespace breakwater {
namespace {

using samples::transfer_samples;

bool same(const TransferMessage& a, const TransferMessage& b) {
  if (a.name() != b.name() || a.sender() != b.sender() || a.id != b.id || a.checkpoint != b.checkpoint) return false;
  if (const auto* request = dynamic_cast<const StateRequest*>(&a)) {
    const auto& other = dynamic_cast<const StateRequest&>(b);
    return request->part == other.part && request->wants == other.wants;
  }
  const auto& answer = dynamic_cast<const StateAnswer&>(a);
  const auto& other = dynamic_cast<const StateAnswer&>(b);
  return answer.part == other.part && answer.held == other.held && answer.given == other.given;
}

std::string_view outcome(ByteView frame) {
  const auto decoded = decode_transfer_frame(frame);
  return decoded ? "decoded" : name_of(decoded.error());
}
std::string_view outcome_of(const TransferMessage& message) { return outcome(encode_frame(message)); }

StateRequest request_with(std::size_t wants, std::size_t places) {
  return {ReplicaId(0), 1, SequenceNumber(8), StatePart::leaves,
          std::vector<StateRequest::Want>(wants, {0, std::vector<std::uint32_t>(places)})};
}

BOOST_AUTO_TEST_SUITE(transfer_frames)

BOOST_AUTO_TEST_CASE(messages_round_trip) {
  for (const auto& sample : transfer_samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const Bytes frame = encode_frame(*sample.message);
      BOOST_TEST(is_transfer_frame(frame));
      const auto decoded = decode_transfer_frame(frame);
      BOOST_REQUIRE(decoded.has_value());
      BOOST_TEST(same(*sample.message, **decoded));
    }
  }
}

BOOST_AUTO_TEST_CASE(truncations_and_flips_are_refused_or_read) {
  for (const auto& sample : transfer_samples()) {
    const Bytes frame = encode_frame(*sample.message);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
      if (const auto decoded = decode_transfer_frame(cut)) BOOST_TEST((encode_frame(**decoded) == frame));
      static_cast<void>(is_transfer_frame(cut));
    }
    for (std::size_t i = 0; i < frame.size(); ++i) {
      Bytes flipped = frame;
      flipped[i] ^= 0x41;
      if (const auto decoded = decode_transfer_frame(flipped)) encode_frame(**decoded);
    }
  }
}

BOOST_AUTO_TEST_CASE(other_frames_are_none_of_these) {
  for (const auto& sample : samples::replica_samples()) BOOST_TEST(!is_transfer_frame(encode_frame(*sample.message)));
  for (const auto& sample : samples::raft_samples()) BOOST_TEST(!is_transfer_frame(encode_frame(*sample.message)));
  BOOST_TEST(!is_transfer_frame({}));
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_is_bounded) {
  BOOST_TEST(outcome_of(request_with(kMaxStateWants, 1)) == "decoded");
  BOOST_TEST(outcome_of(request_with(kMaxStateWants + 1, 1)) == "oversized");
  BOOST_TEST(outcome_of(request_with(1, kMaxStatePlaces)) == "decoded");
  BOOST_TEST(outcome_of(request_with(1, kMaxStatePlaces + 1)) == "oversized");
  BOOST_TEST(outcome_of(request_with(2, kMaxStatePlaces / 2 + 1)) == "oversized");
}

// Offsets may share their target: a small frame must not decode to a large answer.
BOOST_AUTO_TEST_CASE(shared_leaves_do_not_multiply) {
  const auto with_names = [](std::size_t names) {
    flatbuffers::FlatBufferBuilder builder;
    const auto key = wire::put_bytes(builder, to_bytes("key"));
    const auto value = wire::put_bytes(builder, Bytes(100'000));
    const auto leaf = wire::transfer::CreateLeaf(builder, 0, key, value);
    const auto leaves = builder.CreateVector(std::vector(names, leaf));
    const auto given = wire::transfer::CreateGiven(builder, 1, 0, leaves);
    const auto all = builder.CreateVector(std::vector{given});
    const auto answer = wire::transfer::CreateStateAnswer(builder, 1, 1, 8, 3, true, all);
    wire::transfer::FinishEnvelopeBuffer(
        builder,
        wire::transfer::CreateEnvelope(builder, wire::kProtocol, wire::transfer::Message::StateAnswer, answer.Union()));
    return outcome(wire::take_frame(builder));
  };
  BOOST_TEST(with_names(1) == "decoded");
  BOOST_TEST(with_names(2) == "malformed");
  BOOST_TEST(with_names(100'000) == "malformed");  // the verifier's bound on tables comes first
}

BOOST_AUTO_TEST_CASE(an_unknown_part_is_malformed) {
  for (const int part : {0, 4, 255}) {
    BOOST_TEST(outcome_of(StateRequest(ReplicaId(0), 1, SequenceNumber(8), static_cast<StatePart>(part), {{1, {}}})) ==
               "malformed");
    BOOST_TEST(outcome_of(StateAnswer(ReplicaId(0), 1, SequenceNumber(8), static_cast<StatePart>(part), true)) ==
               "malformed");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// libFuzzer target over every decoder of the wire: clang++-19 -fsanitize=fuzzer,address,undefined, with the sources of
// net/codec*.cpp, net/frame.cpp, pbft/messages.cpp, crypto/ and replication/. The golden frames, unhexed, make a good
// corpus. What decodes must encode, and decode again to the same bytes.
#include "net/codec.hpp"
#include "replication/assert.hpp"

using namespace breakwater;  // NOLINT: a stand-alone program

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView frame(data, size);
  if (const auto message = decode_pbft_frame(frame)) {
    const Bytes written = encode_frame(**message);
    const auto again = decode_pbft_frame(written);
    BW_ASSERT(again.has_value() && encode_frame(**again) == written);
    static_cast<void>((*message)->digests_match());
  }
  if (const auto from_client = decode_client_frame(frame)) {
    std::visit(
        [](const auto& item) {
          if constexpr (requires { *item; }) BW_ASSERT(decode_client_frame(encode_frame(*item)).has_value());
        },
        *from_client);
  }
  if (const auto answer = decode_answer_frame(frame)) {
    std::visit([](const auto& item) { BW_ASSERT(decode_answer_frame(encode_frame(item)).has_value()); }, *answer);
  }
  return 0;
}

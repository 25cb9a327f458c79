// libFuzzer's entry, once per target: BREAKWATER_FUZZ_TARGET names it.
#include "crypto/keys.hpp"
#include "replication/assert.hpp"
#include "tests/codec/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace breakwater;  // NOLINT: a stand-alone program
  static const fuzz::Target* const kTarget = [] {
    BW_ASSERT(!crypto_start());
    return fuzz::find_target(BREAKWATER_FUZZ_TARGET);
  }();
  BW_ASSERT(kTarget != nullptr);
  kTarget->run(ByteView(data, size));
  return 0;
}

// Digests: golden values (computed with another implementation of BLAKE2b), domains and parts kept apart.
#include <boost/test/unit_test.hpp>
#include <set>

#include "crypto/digest.hpp"

namespace breakwater {
namespace {

std::string hex(const Digest& digest) { return to_hex(digest.view()); }

BOOST_AUTO_TEST_SUITE(crypto_digest)

BOOST_AUTO_TEST_CASE(golden_values) {
  BOOST_TEST(hex(hash("", {})) == "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314");
  BOOST_TEST(hex(hash("test", as_bytes("abc"))) == "fab2ce2e41714f470e0d3b45c762f9dfbbf7dd9ffee82894f266e4cc0646b42a");
  BOOST_TEST(hex(hash("test", as_bytes("ab"), as_bytes("c"))) ==
             "e12de70c1ac6c9d6e165a500b8d51aca865f993e7f4458e67763eb41e4edd26a");
  BOOST_TEST(to_hex(checksum({as_bytes("a"), as_bytes("bc")})) == "e64ac25ab71a8d0f24cd7afcb4336fa8");
}

BOOST_AUTO_TEST_CASE(bytes_never_move_between_domain_and_parts) {
  const std::set<Digest> distinct = {
      hash("ab", as_bytes("c")),
      hash("a", as_bytes("bc")),
      hash("abc", as_bytes("")),
      hash("x", as_bytes("ab"), as_bytes("c")),
      hash("x", as_bytes("a"), as_bytes("bc")),
      hash("x", as_bytes(""), as_bytes("abc")),
      hash("x", as_bytes("abc"), as_bytes("")),
      hash("y", as_bytes("abc"), as_bytes("")),
  };
  BOOST_TEST(distinct.size() == 8u);
}

BOOST_AUTO_TEST_CASE(checksums_keep_their_parts_apart) {
  const std::set<std::array<std::uint8_t, 16>> distinct = {
      checksum({}),
      checksum({as_bytes("")}),
      checksum({as_bytes("ab")}),
      checksum({as_bytes("a"), as_bytes("b")}),
      checksum({as_bytes("b"), as_bytes("a")}),
      checksum({as_bytes("ab"), as_bytes("")}),
      checksum({as_bytes(""), as_bytes("ab")}),
  };
  BOOST_TEST(distinct.size() == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

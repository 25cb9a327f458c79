// Batches: golden bytes, canonical round trip, and everything the decoder refuses.
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "crypto/batch.hpp"

namespace breakwater {
namespace {

RequestPtr request_of(std::uint32_t client, std::uint64_t number, const std::vector<Bytes>& commands) {
  Signature signature;
  std::iota(signature.bytes.begin(), signature.bytes.end(), std::uint8_t{0});
  return std::make_shared<Request>(
      make_request(ClientId(client), RequestNumber(number), encode_commands(commands), signature));
}

BatchPtr small_batch() {
  return make_batch(AgreedTime(77), {request_of(1, 2, {to_bytes("a"), to_bytes("bc")}), request_of(3, 4, {Bytes{}})});
}

// A batch around one raw body, canonical or not.
Bytes batch_around(ByteView body) {
  Signature signature;
  signature.bytes.fill(1);
  Writer out;
  out.u64(1).u32(1).u32(1).u64(1).fixed(signature).blob(body);
  return out.take();
}

RequestPtr unsigned_request() {
  Request request = *request_of(7, 9, {to_bytes("hi")});
  request.signature = {};
  return std::make_shared<const Request>(std::move(request));
}

BatchPtr unsigned_batch(std::size_t requests) {
  return make_batch(AgreedTime(1), std::vector<RequestPtr>(requests, unsigned_request()));
}

BOOST_AUTO_TEST_SUITE(crypto_batch)

BOOST_AUTO_TEST_CASE(golden_bytes_and_digests) {
  const BatchPtr batch = make_batch(AgreedTime(0x1122334455667788), {request_of(7, 9, {to_bytes("hi")})});
  BOOST_TEST(to_hex(batch->encoded) ==
             "8877665544332211"  // time
             "01000000"          // count
             "07000000"          // client
             "0900000000000000"  // number
             "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
             "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
             "0a000000"  // body: one command of two bytes
             "01000000020000006869");
  BOOST_TEST(to_hex(batch->digest.view()) == "ecf42a1ee73596a5715a401e90f305fa49f0272fceeb06204c8ca8b668bf84cc");
  BOOST_TEST(to_hex(batch->requests[0]->digest.view()) ==
             "ceb645493b9f44438c87f44f073e76c76a332b5fd4509a783367812a450e06d7");
}

// Under the fault model of crashes clients sign nothing, and nobody stores that 64 bytes at a time.
BOOST_AUTO_TEST_CASE(a_batch_that_nobody_signed_has_no_room_for_signatures) {
  const BatchPtr batch = make_batch(AgreedTime(0x1122334455667788), {unsigned_request()});
  BOOST_TEST(to_hex(batch->encoded) ==
             "8877665544332211"  // time
             "01000080"          // count, and that nothing is signed
             "07000000"          // client
             "0900000000000000"  // number
             "0a000000"          // body: one command of two bytes
             "01000000020000006869");
  const BatchPtr decoded = decode_batch(batch->encoded);
  BOOST_REQUIRE(decoded != nullptr);
  BOOST_TEST((*decoded->requests[0] == *unsigned_request()));
  BOOST_TEST((decoded->encoded == batch->encoded));

  // One signature among them, and all have room for theirs.
  const BatchPtr mixed = make_batch(AgreedTime(1), {unsigned_request(), request_of(8, 1, {Bytes{}})});
  const BatchPtr again = decode_batch(mixed->encoded);
  BOOST_REQUIRE(again != nullptr);
  BOOST_TEST(again->requests[0]->signature.is_zero());
  BOOST_TEST(!again->requests[1]->signature.is_zero());
}

BOOST_AUTO_TEST_CASE(signatures_of_zeros_alone_are_not_canonical) {
  Writer out;
  out.u64(1).u32(1).u32(1).u64(1).fixed(Signature{}).blob(encode_commands({to_bytes("x")}));
  BOOST_TEST((decode_batch(out.take()) == nullptr));
}

BOOST_AUTO_TEST_CASE(decoding_gives_back_the_same_batch) {
  const BatchPtr original = small_batch();
  const BatchPtr decoded = decode_batch(original->encoded);
  BOOST_REQUIRE(decoded != nullptr);
  BOOST_TEST((decoded->time == original->time));
  BOOST_TEST((decoded->digest == original->digest));
  BOOST_TEST((decoded->encoded == original->encoded));
  BOOST_REQUIRE(decoded->requests.size() == 2u);
  for (std::size_t i = 0; i < 2; ++i) BOOST_TEST((*decoded->requests[i] == *original->requests[i]));
  BOOST_TEST((make_batch(decoded->time, decoded->requests)->encoded == original->encoded));
}

BOOST_AUTO_TEST_CASE(the_digest_covers_every_byte) {
  const BatchPtr original = small_batch();
  for (std::size_t i = 0; i < original->encoded.size(); ++i) {
    Bytes changed = original->encoded;
    changed[i] ^= 1;
    const BatchPtr decoded = decode_batch(changed);
    if (decoded != nullptr) BOOST_TEST((decoded->digest != original->digest), "byte " << i);
  }
}

BOOST_AUTO_TEST_CASE(truncated_or_lengthened_bytes_are_refused) {
  for (Bytes bytes : {small_batch()->encoded, unsigned_batch(2)->encoded}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      BOOST_TEST((decode_batch(ByteView(bytes).first(size)) == nullptr), size);
    }
    bytes.push_back(0);
    BOOST_TEST((decode_batch(bytes) == nullptr));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_refused) {
  BOOST_TEST((decode_batch(make_batch(AgreedTime(1), {})->encoded) == nullptr));
}

BOOST_AUTO_TEST_CASE(bodies_must_be_canonical_lists_of_commands) {
  const Bytes good = encode_commands({to_bytes("x")});
  BOOST_TEST((decode_batch(batch_around(good)) != nullptr));
  Bytes longer = good;
  longer.push_back(0);
  BOOST_TEST((decode_batch(batch_around(longer)) == nullptr));
  BOOST_TEST((decode_batch(batch_around({})) == nullptr));
  BOOST_TEST((decode_batch(batch_around(encode_commands({}))) == nullptr));
  BOOST_TEST((decode_batch(batch_around(encode_commands({Bytes(kMaxCommandBytes)}))) != nullptr));
  BOOST_TEST((decode_batch(batch_around(encode_commands({Bytes(kMaxCommandBytes + 1)}))) == nullptr));
  BOOST_TEST((decode_batch(batch_around(encode_commands(std::vector<Bytes>(kMaxCommandsPerRequest)))) != nullptr));
  BOOST_TEST((decode_batch(batch_around(encode_commands(std::vector<Bytes>(kMaxCommandsPerRequest + 1)))) == nullptr));
}

BOOST_AUTO_TEST_CASE(the_number_of_requests_is_bounded) {
  std::vector<RequestPtr> requests(kMaxRequestsPerBatch, request_of(1, 1, {Bytes{}}));
  BOOST_TEST((decode_batch(make_batch(AgreedTime(1), requests)->encoded) != nullptr));
  requests.push_back(requests.front());
  BOOST_TEST((decode_batch(make_batch(AgreedTime(1), requests)->encoded) == nullptr));
  BOOST_TEST((decode_batch(unsigned_batch(kMaxRequestsPerBatch)->encoded) != nullptr));
  BOOST_TEST((decode_batch(unsigned_batch(kMaxRequestsPerBatch + 1)->encoded) == nullptr));
}

BOOST_AUTO_TEST_CASE(the_size_of_a_batch_is_bounded) {
  // Four requests of nearly the largest body fit into kMaxBatchBytes; each of them stays under its own limit.
  const std::vector<Bytes> commands(63, Bytes(kMaxCommandBytes));
  std::vector<RequestPtr> requests(4, request_of(1, 1, commands));
  const BatchPtr fits = make_batch(AgreedTime(1), requests);
  BOOST_REQUIRE(fits->encoded.size() <= kMaxBatchBytes);
  BOOST_TEST((decode_batch(fits->encoded) != nullptr));
  requests.push_back(requests.front());
  const BatchPtr too_large = make_batch(AgreedTime(1), requests);
  BOOST_REQUIRE(too_large->encoded.size() > kMaxBatchBytes);
  BOOST_TEST((decode_batch(too_large->encoded) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_count_that_the_bytes_cannot_hold_is_refused) {
  constexpr std::uint32_t kMark = 0x8000'0000;
  for (const std::uint32_t count : {0u, kMark, 2u, 2u | kMark, 0x7fffffffu, 0xffffffffu}) {
    for (const bool is_signed : {true, false}) {
      Bytes bytes = is_signed ? batch_around(encode_commands({to_bytes("x")})) : unsigned_batch(1)->encoded;
      for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<std::uint8_t>(count >> (8 * i));
      BOOST_TEST((decode_batch(bytes) == nullptr), count << " " << is_signed);
    }
  }
}

// Neither kind passes for the other.
BOOST_AUTO_TEST_CASE(the_mark_of_a_batch_without_signatures_is_not_to_be_flipped) {
  for (Bytes bytes : {small_batch()->encoded, unsigned_batch(3)->encoded}) {
    BOOST_REQUIRE((decode_batch(bytes) != nullptr));
    bytes[11] ^= 0x80;
    BOOST_TEST((decode_batch(bytes) == nullptr));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

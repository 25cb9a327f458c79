// Exactly once per (client, number): verdicts, the window's edges, and leaves that a donor may have forged.
#include "replication/sessions.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>

namespace breakwater {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
constexpr ClientId kClient(7);
const Digest kBody{{1}};
const Digest kOtherBody{{2}};

CachedResult result(std::uint64_t sequence) {
  return {kBody, SequenceNumber(sequence), {to_bytes("first"), to_bytes("")}};
}

std::string judged(const SessionTable& table, std::uint64_t number, const Digest& body = kBody,
                   ClientId client = kClient) {
  switch (table.judge(client, RequestNumber(number), body)) {
    case SessionVerdict::fresh: return "fresh";
    case SessionVerdict::duplicate: return "duplicate";
    case SessionVerdict::number_reused: return "number_reused";
    case SessionVerdict::expired: return "expired";
  }
  return "?";
}

SessionTable table_with(const std::vector<std::uint64_t>& numbers) {
  SessionTable table;
  for (const std::uint64_t n : numbers) table.remember(kClient, RequestNumber(n), result(n));
  return table;
}

Bytes key_of(ClientId client) { return Writer().u8('s').u32(client.value).take(); }

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE(a_number_executes_once_with_one_body) {
  SessionTable table;
  BOOST_TEST(judged(table, 1) == "fresh");
  table.remember(kClient, RequestNumber(1), result(10));
  BOOST_TEST(judged(table, 1) == "duplicate");
  BOOST_TEST(judged(table, 1, kOtherBody) == "number_reused");
  BOOST_TEST(judged(table, 1, kBody, ClientId(8)) == "fresh");
  const CachedResult* cached = table.find(kClient, RequestNumber(1));
  BOOST_REQUIRE(cached != nullptr);
  BOOST_TEST((cached->sequence == SequenceNumber(10)));
  BOOST_TEST((cached->results == result(10).results));
  BOOST_TEST(table.find(kClient, RequestNumber(2)) == nullptr);
  BOOST_TEST(table.find(ClientId(8), RequestNumber(1)) == nullptr);
}

BOOST_AUTO_TEST_CASE(number_zero_is_never_fresh) {
  BOOST_TEST(judged(SessionTable{}, 0) == "expired");
  BOOST_TEST(judged(table_with({5}), 0) == "expired");
}

BOOST_AUTO_TEST_CASE(numbers_may_arrive_in_any_order_within_the_window) {
  SessionTable table = table_with({9, 3});
  BOOST_TEST(judged(table, 3) == "duplicate");
  BOOST_TEST(judged(table, 4) == "fresh");
  BOOST_TEST(judged(table, 10) == "fresh");
}

BOOST_AUTO_TEST_CASE(the_edge_of_the_window) {
  // Until the highest exceeds the window, nothing but zero is spent.
  BOOST_TEST(judged(table_with({kSessionWindow}), 1) == "fresh");
  BOOST_TEST(judged(table_with({1, kSessionWindow}), 1) == "duplicate");

  const SessionTable table = table_with({1, 2, kSessionWindow + 1});
  BOOST_TEST(judged(table, 1) == "expired");
  BOOST_TEST(judged(table, 1, kOtherBody) == "expired");
  BOOST_TEST(table.find(kClient, RequestNumber(1)) == nullptr);
  BOOST_TEST(judged(table, 2) == "duplicate");
  BOOST_TEST(judged(table, 3) == "fresh");
}

BOOST_AUTO_TEST_CASE(a_leap_to_the_last_number_harms_its_client_alone) {
  SessionTable table = table_with({1});
  table.remember(kClient, RequestNumber(kLast), result(2));
  BOOST_TEST(judged(table, kLast) == "duplicate");
  BOOST_TEST(judged(table, 1) == "expired");
  BOOST_TEST(judged(table, kLast - kSessionWindow) == "expired");
  BOOST_TEST(judged(table, kLast - kSessionWindow + 1) == "fresh");
  BOOST_TEST(judged(table, kLast - 1) == "fresh");
  BOOST_TEST(judged(table, 1, kBody, ClientId(8)) == "fresh");
  table.remember(kClient, RequestNumber(kLast - 1), result(3));
  BOOST_TEST(judged(table, kLast) == "duplicate");
}

BOOST_AUTO_TEST_CASE(what_is_cached_is_bounded_by_the_window) {
  SessionTable table;
  for (std::uint64_t n = 1; n <= 3 * kSessionWindow; ++n) table.remember(kClient, RequestNumber(n), result(n));
  std::uint64_t cached = 0;
  for (std::uint64_t n = 0; n <= 3 * kSessionWindow; ++n) cached += judged(table, n) == "duplicate" ? 1 : 0;
  BOOST_TEST(cached == kSessionWindow);
  const Bytes leaf = table.leaf(key_of(kClient)).value();
  Reader in(leaf);
  in.u64();
  BOOST_TEST(in.u32() == kSessionWindow);
}

// A desk that asks for long listings must not fill every replica's memory with them.
BOOST_AUTO_TEST_CASE(what_is_cached_is_bounded_in_bytes) {
  SessionTable table;
  const CachedResult large{kBody, SequenceNumber(1), {Bytes(kMaxCachedBytesPerClient / 4, 7)}};
  for (std::uint64_t n = 1; n <= 9; ++n) table.remember(kClient, RequestNumber(2 * n), large);
  for (std::uint64_t n = 1; n <= 9; ++n) BOOST_TEST(judged(table, 2 * n) == (n > 5 ? "duplicate" : "expired"), n);
  BOOST_TEST(judged(table, 9) == "expired");  // never used, and spent: what was dropped must not execute again
  BOOST_TEST(judged(table, 11) == "fresh");
  SessionTable restored;
  BOOST_REQUIRE(restored.load_leaf(key_of(kClient), table.leaf(key_of(kClient)).value()));
  BOOST_TEST(judged(restored, 10) == "expired");
  table.remember(kClient, RequestNumber(30), {kBody, SequenceNumber(1), {Bytes(2 * kMaxCachedBytesPerClient, 7)}});
  BOOST_TEST(judged(table, 30) == "duplicate");  // the newest stays, whatever its size
  BOOST_TEST(judged(table, 18) == "expired");
}

BOOST_AUTO_TEST_CASE(changed_keys_are_reported_once_in_byte_order) {
  SessionTable table;
  // Little-endian: 256 sorts before 1 as bytes.
  for (const std::uint32_t client : {1u, 256u, 2u, 1u}) {
    table.remember(ClientId(client), RequestNumber(table.find(ClientId(client), RequestNumber(1)) ? 2 : 1), result(1));
  }
  const std::vector<Bytes> expected = {key_of(ClientId(256)), key_of(ClientId(1)), key_of(ClientId(2))};
  BOOST_TEST((table.take_changed() == expected));
  BOOST_TEST(table.take_changed().empty());
  BOOST_TEST(SessionTable::owns(expected[0]));
  BOOST_TEST(!SessionTable::owns(as_bytes("b")));
  BOOST_TEST(!SessionTable::owns({}));
}

BOOST_AUTO_TEST_CASE(golden_leaf) {
  SessionTable table;
  CachedResult cached{Digest{}, SequenceNumber(0x0a), {to_bytes("ok")}};
  cached.request.bytes.fill(0xdd);
  table.remember(kClient, RequestNumber(5), cached);
  BOOST_TEST(to_hex(key_of(kClient)) == "7307000000");
  BOOST_TEST(to_hex(table.leaf(key_of(kClient)).value()) ==
             "0000000000000000"  // floor
             "01000000"          // cached numbers
             "0500000000000000"  // number
             "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
             "0a00000000000000"  // sequence
             "01000000"          // results
             "020000006f6b");
}

BOOST_AUTO_TEST_CASE(a_leaf_restores_the_session) {
  for (const std::vector<std::uint64_t>& numbers :
       {std::vector<std::uint64_t>{1}, {4, 2, 9}, {1, 300, 299}, {1, kLast, kLast - 5}}) {
    const SessionTable original = table_with(numbers);
    const Bytes leaf = original.leaf(key_of(kClient)).value();
    SessionTable restored;
    BOOST_REQUIRE(restored.load_leaf(key_of(kClient), leaf));
    BOOST_TEST((restored.leaf(key_of(kClient)) == leaf));
    BOOST_TEST(restored.take_changed().empty());
    for (const std::uint64_t n :
         {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{44}, std::uint64_t{300}, kLast - 5}) {
      BOOST_TEST(judged(restored, n) == judged(original, n));
      BOOST_TEST(judged(restored, n, kOtherBody) == judged(original, n, kOtherBody));
    }
    BOOST_TEST(!restored.load_leaf(key_of(kClient), leaf));  // a second load would overwrite
  }
  BOOST_TEST(!SessionTable{}.leaf(key_of(kClient)).has_value());
}

// A bound on the count that is too strict refuses our own small leaves.
BOOST_AUTO_TEST_CASE(the_smallest_leaf_restores) {
  SessionTable table;
  table.remember(kClient, RequestNumber(1), CachedResult{kBody, SequenceNumber(1), {}});
  SessionTable restored;
  BOOST_TEST(restored.load_leaf(key_of(kClient), table.leaf(key_of(kClient)).value()));
}

BOOST_AUTO_TEST_CASE(keys_of_another_shape_are_refused) {
  const Bytes leaf = table_with({1}).leaf(key_of(kClient)).value();
  for (const Bytes& key : {Bytes{}, to_bytes("s"), to_bytes("s123"), to_bytes("s12345"), to_bytes("b1234")}) {
    SessionTable table;
    BOOST_TEST(!table.load_leaf(key, leaf));
    BOOST_TEST(!table_with({1}).leaf(key).has_value());
  }
}

BOOST_AUTO_TEST_CASE(truncated_or_lengthened_leaves_are_refused) {
  Bytes leaf = table_with({1, 2}).leaf(key_of(kClient)).value();
  for (std::size_t size = 0; size < leaf.size(); ++size) {
    SessionTable table;
    BOOST_TEST(!table.load_leaf(key_of(kClient), ByteView(leaf).first(size)));
    BOOST_TEST(judged(table, 1) == "fresh");
  }
  leaf.push_back(0);
  SessionTable table;
  BOOST_TEST(!table.load_leaf(key_of(kClient), leaf));
}

struct HostileLeaf {
  const char* what;
  std::uint64_t floor;
  std::vector<std::uint64_t> numbers;
  bool accepted = false;
};
std::ostream& operator<<(std::ostream& out, const HostileLeaf& leaf) { return out << leaf.what; }

std::vector<std::uint64_t> numbers_from(std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < count; ++i) numbers.push_back(first + i);
  return numbers;
}

const HostileLeaf kLeaves[] = {
    {"a good one, to show that the others are refused for what they are", 0, {3, 5}, true},
    {"a floor above the window's end: large results were dropped", 4, {5, 9}, true},
    {"a full window", 9, numbers_from(10, kSessionWindow), true},
    {"nothing cached", 5, {}},
    {"all zero", 0, {}},
    {"number zero", 0, {0, 5}},
    {"only number zero", 0, {0}},
    {"the same number twice", 0, {5, 5}},
    {"descending", 0, {5, 3}},
    {"at the floor", 9, {9, kSessionWindow + 9}},
    {"a floor below the window's end", 8, {kSessionWindow + 9}},
    {"more than a window", 8, numbers_from(9, kSessionWindow + 1)},
};

BOOST_DATA_TEST_CASE(a_leaf_that_no_session_gives_is_refused, kLeaves, hostile) {
  Writer out;
  out.u64(hostile.floor).u32(static_cast<std::uint32_t>(hostile.numbers.size()));
  for (const std::uint64_t n : hostile.numbers) out.u64(n).fixed(kBody).u64(1).u32(1).blob(as_bytes("ok"));
  SessionTable table;
  BOOST_TEST(table.load_leaf(key_of(kClient), out.bytes()) == hostile.accepted);
  BOOST_TEST(table.leaf(key_of(kClient)).has_value() == hostile.accepted);
}

BOOST_AUTO_TEST_CASE(counts_that_the_bytes_cannot_hold_are_refused) {
  SessionTable table;
  BOOST_TEST(!table.load_leaf(key_of(kClient), Writer().u64(5).u32(0xffffffff).bytes()));
  Writer results;
  results.u64(5).u32(1).u64(5).fixed(kBody).u64(1).u32(0xffffffff);
  BOOST_TEST(!table.load_leaf(key_of(kClient), results.bytes()));
  Writer blob;
  blob.u64(5).u32(1).u64(5).fixed(kBody).u64(1).u32(1).u32(0xffffffff);
  BOOST_TEST(!table.load_leaf(key_of(kClient), blob.bytes()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// Commands, and the leaves of the state as a checkpoint or a donor of state gives them. What is taken must be given
// back byte for byte: the root is computed over what is given back.
#include <algorithm>

#include "booking/booking_machine.hpp"
#include "replication/assert.hpp"
#include "replication/sessions.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace breakwater::fuzz {

void command(ByteView bytes) {
  if (const auto commands = decode_commands(bytes)) {
    std::vector<Bytes> copies;
    for (const ByteView one : *commands) copies.emplace_back(one.begin(), one.end());
    BW_ASSERT(std::ranges::equal(encode_commands(copies), bytes));
  }
  if (const auto result = booking::decode_result(bytes)) {
    BW_ASSERT(std::ranges::equal(booking::encode(*result), bytes));
  }
  const auto command = booking::decode_command(bytes);
  if (command) BW_ASSERT(std::ranges::equal(booking::encode(*command), bytes));
  booking::BookingMachine machine;
  const Bytes answer = machine.apply(bytes, {ClientId(0), ClientRole::operator_role, AgreedTime(1), 65536});
  const auto result = booking::decode_result(answer);
  BW_ASSERT(result.has_value() && (command || result->reason == booking::Reason::malformed));
}

void session_leaf(ByteView bytes) {
  const Bytes key = Writer().u8('s').u32(7).take();
  SessionTable sessions;
  if (!sessions.load_leaf(key, bytes)) return;
  const auto leaf = sessions.leaf(key);
  BW_ASSERT(leaf.has_value() && std::ranges::equal(*leaf, bytes));
  for (const std::uint64_t number : {std::uint64_t{1}, ~std::uint64_t{0}}) {
    if (sessions.judge(ClientId(7), RequestNumber(number), {}) != SessionVerdict::fresh) continue;
    sessions.remember(ClientId(7), RequestNumber(number), {{}, SequenceNumber(1), {to_bytes("result")}});
  }
}

// Leaves one after another, key and value each a blob, as Reader::blob reads them. Commands are for whole states only:
// a part of one has no root that anybody signed.
void booking_leaf(ByteView bytes) {
  Reader in(bytes);
  booking::BookingMachine machine;
  while (in.remaining() > 0) {
    const ByteView key = in.blob(in.remaining());
    const ByteView value = in.blob(in.remaining());
    if (in.failed() || !machine.load_leaf(key, value)) return;
    const auto leaf = machine.leaf(key);
    BW_ASSERT(leaf.has_value() && std::ranges::equal(*leaf, value));
  }
  static_cast<void>(machine.occupied());
}

}  // namespace breakwater::fuzz

// The wire. What decodes must encode, and decode again to the same bytes.
#include <algorithm>

#include "net/codec.hpp"
#include "net/frame_pack.hpp"
#include "replication/assert.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace breakwater::fuzz {

// The message, when it decodes.
template <auto decode>
auto round_trip(ByteView bytes) {
  const auto message = decode(bytes);
  if (!message) return typename decltype(message)::value_type{};
  const Bytes written = encode_frame(**message);
  const auto again = decode(written);
  BW_ASSERT(again.has_value() && encode_frame(**again) == written);
  return *message;
}

void replica_frame(ByteView bytes) {
  if (const auto message = round_trip<decode_pbft_frame>(bytes)) static_cast<void>(message->digests_match());
}

void raft_frame(ByteView bytes) { round_trip<decode_raft_frame>(bytes); }

void transfer_frame(ByteView bytes) { round_trip<decode_transfer_frame>(bytes); }

void client_frame(ByteView bytes) {
  const auto frame = decode_client_frame(bytes);
  if (!frame) return;
  if (const auto* request = std::get_if<RequestPtr>(&*frame)) {
    const auto again = decode_client_frame(encode_frame(**request));
    BW_ASSERT(again.has_value() && *std::get<RequestPtr>(*again) == **request);
  } else if (const auto* order = std::get_if<PartitionOrder>(&*frame)) {
    const auto again = decode_client_frame(encode_frame(*order));
    BW_ASSERT(again.has_value() && std::get<PartitionOrder>(*again).cut_off == order->cut_off);
  } else {
    BW_ASSERT(decode_client_frame(encode_frame(std::get<StatusQuery>(*frame))).has_value());
  }
}

void answer_frame(ByteView bytes) {
  const auto answer = decode_answer_frame(bytes);
  if (!answer) return;
  const auto write = [](const ReplicaAnswer& a) {
    return std::visit([](const auto& v) { return encode_frame(v); }, a);
  };
  const Bytes written = write(*answer);
  const auto again = decode_answer_frame(written);
  BW_ASSERT(again.has_value() && write(*again) == written);
}

// What unpacks must pack again to the same bytes, unless its frames need several packs.
void frame_pack(ByteView bytes) {
  const auto frames = unpack_frames(bytes);
  if (!frames) return;
  FramePack pack(static_cast<std::int64_t>(kMaxPackedBytes));
  for (const ByteView frame : *frames) {
    if (!pack.has_room(frame)) return;
    pack.add(frame);
  }
  BW_ASSERT(std::ranges::equal(pack.bytes(), bytes));
}

}  // namespace breakwater::fuzz

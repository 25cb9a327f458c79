// Several frames in one part.
#include "net/frame_pack.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace breakwater {
namespace {

constexpr std::int64_t kNoLimit = 1 << 30;

Bytes frame_of(std::size_t size, std::uint8_t fill) { return Bytes(size, fill); }

Bytes packed(const std::vector<Bytes>& frames) {
  FramePack pack(kNoLimit);
  for (const Bytes& frame : frames) {
    BOOST_REQUIRE(pack.has_room(frame));
    pack.add(frame);
  }
  return {pack.bytes().begin(), pack.bytes().end()};
}

std::vector<Bytes> copies(const std::vector<ByteView>& views) {
  std::vector<Bytes> out;
  for (const ByteView view : views) out.emplace_back(view.begin(), view.end());
  return out;
}

BOOST_AUTO_TEST_SUITE(frame_pack)

BOOST_AUTO_TEST_CASE(frames_come_back_in_order_and_aligned) {
  std::vector<Bytes> frames;
  for (std::size_t size = 1; size <= 33; ++size) frames.push_back(frame_of(size, static_cast<std::uint8_t>(size)));
  const Bytes part = packed(frames);
  const auto views = unpack_frames(part);
  BOOST_REQUIRE(views.has_value());
  BOOST_TEST((copies(*views) == frames));
  for (const ByteView view : *views) BOOST_TEST((view.data() - part.data()) % 8 == 0);
}

BOOST_AUTO_TEST_CASE(a_frame_alone_may_be_of_any_size) {
  const Bytes large = frame_of(kMaxPackedBytes + 12345, 7);
  FramePack pack(kNoLimit);
  BOOST_TEST(pack.has_room(large));
  pack.add(large);
  BOOST_TEST(!pack.has_room(frame_of(1, 1)));
  const auto views = unpack_frames(pack.bytes());
  BOOST_REQUIRE(views.has_value());
  BOOST_TEST((copies(*views) == std::vector<Bytes>{large}));
}

BOOST_AUTO_TEST_CASE(count_and_bytes_are_bounded) {
  FramePack pack(kNoLimit);
  const Bytes small = frame_of(9, 1);
  while (pack.has_room(small)) pack.add(small);
  BOOST_TEST(pack.frames() == kMaxFramesPerPack);
  BOOST_TEST(unpack_frames(pack.bytes()).has_value());

  pack.clear();
  BOOST_TEST(pack.empty());
  const Bytes big = frame_of(10'000, 1);
  while (pack.has_room(big)) pack.add(big);
  BOOST_TEST(pack.bytes().size() <= kMaxPackedBytes);
  BOOST_TEST(pack.bytes().size() + 2 * big.size() > kMaxPackedBytes);

  FramePack narrow(20'000);  // the receiver's limit
  while (narrow.has_room(big)) narrow.add(big);
  BOOST_TEST(narrow.frames() == 1u);

  // One more than a pack may hold, whatever a hostile sender writes.
  Bytes many;
  for (std::size_t i = 0; i <= kMaxFramesPerPack; ++i) {
    const Bytes one = packed({small});
    many.insert(many.end(), one.begin(), one.end());
  }
  BOOST_TEST(!unpack_frames(many).has_value());
}

struct Damage {
  const char* what;
  void (*change)(Bytes& part);
};
std::ostream& operator<<(std::ostream& out, const Damage& damage) { return out << damage.what; }

// A pack of a frame of 5 bytes and one of 8.
const Damage kDamages[] = {
    {"nothing at all", [](Bytes& part) { part.clear(); }},
    {"no room for a header", [](Bytes& part) { part.resize(7); }},
    {"cut in a frame", [](Bytes& part) { part.resize(part.size() - 1); }},
    {"cut in the padding", [](Bytes& part) { part.resize(15); }},
    {"cut after a header", [](Bytes& part) { part.resize(24); }},
    {"an empty frame", [](Bytes& part) { part[0] = 0; }},
    {"a length beyond the end", [](Bytes& part) { part[18] = 1; }},
    {"the largest length", [](Bytes& part) { part[0] = part[1] = part[2] = part[3] = 255; }},
    {"something beside the length", [](Bytes& part) { part[5] = 1; }},
    {"something in the padding", [](Bytes& part) { part[14] = 1; }},
    {"more behind the last frame", [](Bytes& part) { part.resize(part.size() + 8); }},
};

BOOST_DATA_TEST_CASE(what_is_not_exactly_one_pack_is_none, kDamages, damage) {
  Bytes part = packed({frame_of(5, 3), frame_of(8, 4)});
  BOOST_REQUIRE(unpack_frames(part).has_value());
  damage.change(part);
  BOOST_TEST(!unpack_frames(part).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

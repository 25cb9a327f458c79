// Raft's frames: round trips of every kind, damage of every kind, and well-formed frames that a reader must refuse.
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

#include "net/frame.hpp"
#include "net/schema/raft_generated.h"
#include "tests/codec/samples.hpp"

namespace breakwater {

namespace {

using raft::Entry;
using samples::raft_samples;

std::string_view outcome(ByteView frame) {
  const auto decoded = decode_raft_frame(frame);
  return decoded ? std::string_view("decoded") : name_of(decoded.error());
}
std::string_view outcome(const raft::RaftMessage& message) { return outcome(encode_frame(message)); }

template <class T>
const T& sample(std::string_view name) {
  const auto found = std::ranges::find(raft_samples(), name, &samples::RaftSample::name);
  BOOST_REQUIRE(found != raft_samples().end());
  return dynamic_cast<const T&>(*found->message);
}

bool same(const Entry& a, const Entry& b) { return raft::encode_entry(a) == raft::encode_entry(b); }

bool same_content(const raft::RequestVote& a, const raft::RequestVote& b) {
  return a.pre_vote == b.pre_vote && a.last_index == b.last_index && a.last_term == b.last_term;
}
bool same_content(const raft::RequestVoteResult& a, const raft::RequestVoteResult& b) {
  return a.pre_vote == b.pre_vote && a.granted == b.granted;
}
bool same_content(const raft::AppendEntries& a, const raft::AppendEntries& b) {
  return a.previous_index == b.previous_index && a.previous_term == b.previous_term &&
         a.leader_commit == b.leader_commit && a.round == b.round && std::ranges::equal(a.entries, b.entries, same);
}
bool same_content(const raft::AppendEntriesResult& a, const raft::AppendEntriesResult& b) {
  return a.success == b.success && a.index == b.index && a.committed == b.committed &&
         a.previous_index == b.previous_index && a.round == b.round;
}
bool same_content(const raft::InstallSnapshot& a, const raft::InstallSnapshot& b) {
  return a.sequence == b.sequence && a.slot == b.slot && a.root == b.root;
}
bool same_content(const raft::InstallSnapshotResult& a, const raft::InstallSnapshotResult& b) {
  return a.sequence == b.sequence;
}
bool same_content(const raft::CommittedSlot& a, const raft::CommittedSlot& b) {
  return a.archived.sequence == b.archived.sequence && same(a.archived.entry, b.archived.entry);
}
bool same_content(const raft::Status& a, const raft::Status& b) {
  return a.last_index == b.last_index && a.committed == b.committed && a.asks == b.asks;
}

template <class... Kinds>
bool same_of(const raft::RaftMessage& a, const raft::RaftMessage& b) {
  return ((dynamic_cast<const Kinds*>(&a) != nullptr &&
           same_content(dynamic_cast<const Kinds&>(a), dynamic_cast<const Kinds&>(b))) ||
          ...);
}

bool same(const raft::RaftMessage& a, const raft::RaftMessage& b) {
  return a.kind() == b.kind() && a.sender() == b.sender() && a.term == b.term &&
         same_of<raft::RequestVote, raft::RequestVoteResult, raft::AppendEntries, raft::AppendEntriesResult,
                 raft::InstallSnapshot, raft::InstallSnapshotResult, raft::CommittedSlot, raft::Status>(a, b);
}

Bytes raft_frame(flatbuffers::FlatBufferBuilder& builder, wire::raft::Message kind, flatbuffers::Offset<void> message,
                 std::uint16_t protocol = wire::kProtocol) {
  wire::raft::FinishEnvelopeBuffer(builder, wire::raft::CreateEnvelope(builder, protocol, kind, message));
  return wire::take_frame(builder);
}

Bytes status_frame(std::uint16_t protocol, wire::raft::Message kind) {
  flatbuffers::FlatBufferBuilder builder;
  return raft_frame(builder, kind, wire::raft::CreateStatus(builder, 1, 2, 3, 4, true).Union(), protocol);
}

// An entry that says it is `bytes` long.
Entry entry_of_bytes(std::size_t bytes) {
  Batch batch;
  batch.encoded.assign(bytes, 1);
  return {ViewNumber(1), std::make_shared<Batch>(std::move(batch))};
}

std::string_view outcome_of_append(std::vector<Entry> entries) {
  return outcome(raft::AppendEntries(ReplicaId(1), ViewNumber(5), SequenceNumber(1), ViewNumber(1), SequenceNumber(1),
                                     0, std::move(entries)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(raft_frames)

BOOST_AUTO_TEST_CASE(there_is_a_sample_of_every_kind) {
  std::set<raft::MessageKind> kinds;
  for (const auto& item : raft_samples()) kinds.insert(item.message->kind());
  BOOST_TEST(kinds.size() == static_cast<std::size_t>(raft::MessageKind::status));
}

BOOST_AUTO_TEST_CASE(messages_round_trip) {
  for (const auto& item : raft_samples()) {
    BOOST_TEST_CONTEXT(item.name) {
      const Bytes frame = encode_frame(*item.message);
      const auto decoded = decode_raft_frame(frame);
      BOOST_REQUIRE(decoded.has_value());
      BOOST_TEST(same(*item.message, **decoded));
      Bytes shifted(1, 0);  // at an odd address
      shifted.insert(shifted.end(), frame.begin(), frame.end());
      const auto again = decode_raft_frame(ByteView(shifted).subspan(1));
      BOOST_REQUIRE(again.has_value());
      BOOST_TEST(same(*item.message, **again));
    }
  }
}

BOOST_AUTO_TEST_CASE(truncations_are_refused_or_lose_nothing) {
  for (const auto& item : raft_samples()) {
    BOOST_TEST_CONTEXT(item.name) {
      const Bytes frame = encode_frame(*item.message);
      for (std::size_t size = 0; size < frame.size(); ++size) {
        // A copy of its own, so that a sanitizer sees a read beyond the end.
        const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
        const auto decoded = decode_raft_frame(cut);
        if (decoded) BOOST_REQUIRE((encode_frame(**decoded) == frame));
        else BOOST_REQUIRE_EQUAL(name_of(decoded.error()), "malformed");
      }
    }
  }
}

// What still decodes is some message, written and read back as the same.
BOOST_AUTO_TEST_CASE(flipped_bits_do_not_crash) {
  int refused = 0, decoded_count = 0;
  for (const auto& item : raft_samples()) {
    Bytes frame = encode_frame(*item.message);
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
      frame[bit / 8] ^= mask;
      if (const auto decoded = decode_raft_frame(frame)) {
        ++decoded_count;
        const Bytes written = encode_frame(**decoded);
        const auto again = decode_raft_frame(written);
        BOOST_REQUIRE((again.has_value() && encode_frame(**again) == written));
      } else {
        ++refused;
      }
      frame[bit / 8] ^= mask;
    }
  }
  BOOST_TEST(refused > 0);
  BOOST_TEST(decoded_count > 0);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_refused) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(random() % 512);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    // Half of them get past the first look: a plausible root and the right identifier.
    const std::string_view head("\x10\0\0\0BWRF", 8);
    if (bytes.size() >= 8 && round % 2 == 0) std::copy(head.begin(), head.end(), bytes.begin());
    BOOST_REQUIRE(!decode_raft_frame(bytes).has_value());
  }
}

BOOST_AUTO_TEST_CASE(another_protocol_or_message_is_unexpected) {
  using Kind = wire::raft::Message;
  BOOST_TEST(outcome(status_frame(wire::kProtocol, Kind::Status)) == "decoded");
  BOOST_TEST(outcome(status_frame(wire::kProtocol - 1, Kind::Status)) == "unexpected_message");
  BOOST_TEST(outcome(status_frame(wire::kProtocol, static_cast<Kind>(77))) == "unexpected_message");
  BOOST_TEST(outcome(status_frame(wire::kProtocol, Kind::NONE)) == "unexpected_message");
}

BOOST_AUTO_TEST_CASE(frames_of_the_other_schemas_are_refused) {
  const Bytes status = encode_frame(sample<raft::Status>("raft_status"));
  BOOST_TEST(!decode_pbft_frame(status).has_value());
  BOOST_TEST(!decode_client_frame(status).has_value());
  BOOST_TEST(outcome(encode_frame(*samples::replica_samples()[0].message)) == "malformed");
  BOOST_TEST(outcome(encode_frame(samples::signed_reply())) == "malformed");
  BOOST_TEST(outcome(Bytes(wire::kMaxReplicaFrameBytes + 1)) == "oversized");
  BOOST_TEST(outcome(Bytes{}) == "malformed");
}

BOOST_AUTO_TEST_CASE(entries_are_bounded) {
  const Entry null{ViewNumber(1), nullptr};
  BOOST_TEST(outcome_of_append(std::vector(raft::kMaxEntriesPerAppend, null)) == "decoded");
  BOOST_TEST(outcome_of_append(std::vector(raft::kMaxEntriesPerAppend + 1, null)) == "oversized");
  BOOST_TEST(outcome_of_append({entry_of_bytes(kMaxBatchBytes + 1)}) == "oversized");
  BOOST_TEST(outcome_of_append({entry_of_bytes(kMaxBatchBytes)}) ==
             "malformed");  // as long as one may be, but no batch
}

// One entry, named many times: small on the wire, large in memory.
BOOST_AUTO_TEST_CASE(shared_entries_do_not_multiply) {
  std::vector<RequestPtr> requests;
  for (std::uint64_t n = 1; n <= 50; ++n) requests.push_back(samples::request(n, {Bytes(4000, 1), Bytes(4000, 2)}));
  const Bytes entry = raft::encode_entry({ViewNumber(1), make_batch(AgreedTime(1), requests)});
  const auto with_names = [&](std::size_t names) {
    flatbuffers::FlatBufferBuilder builder;
    const auto bytes = wire::put_bytes(builder, entry);
    const auto one = wire::raft::CreateEntry(builder, bytes);
    const auto entries = builder.CreateVector(std::vector(names, one));
    const auto append = wire::raft::CreateAppendEntries(builder, 1, 5, 1, 1, 1, 0, entries);
    return outcome(raft_frame(builder, wire::raft::Message::AppendEntries, append.Union()));
  };
  BOOST_TEST(with_names(1) == "decoded");
  BOOST_TEST(with_names(raft::kMaxEntriesPerAppend) == "oversized");
}

BOOST_AUTO_TEST_CASE(an_append_as_large_as_a_leader_sends_is_taken) {
  std::vector<Entry> entries;
  std::size_t bytes = 0;
  for (std::uint64_t n = 1; entries.size() < raft::kMaxEntriesPerAppend; ++n) {
    entries.push_back({ViewNumber(1), make_batch(AgreedTime(1), {samples::request(n, {Bytes(4000), Bytes(4000)})})});
    bytes += entries.back().batch->encoded.size();
  }
  BOOST_REQUIRE(bytes <= raft::kMaxAppendBytes);
  BOOST_TEST(outcome_of_append(entries) == "decoded");
}

BOOST_AUTO_TEST_CASE(the_slot_of_a_snapshot_is_bounded) {
  const auto with = [](std::size_t slot) {
    flatbuffers::FlatBufferBuilder builder;
    const auto slot_at = wire::put_bytes(builder, Bytes(slot));
    const auto root = wire::to_wire(Digest{});
    const auto snapshot = wire::raft::CreateInstallSnapshot(builder, 1, 5, 128, slot_at, &root);
    return outcome(raft_frame(builder, wire::raft::Message::InstallSnapshot, snapshot.Union()));
  };
  BOOST_TEST(with(16 + kMaxBatchBytes) == "decoded");
  BOOST_TEST(with(17 + kMaxBatchBytes) == "oversized");
}

BOOST_AUTO_TEST_CASE(committed_slots_are_bounded_and_canonical) {
  const auto with = [](ByteView archived) {
    flatbuffers::FlatBufferBuilder builder;
    const auto bytes = wire::put_bytes(builder, archived);
    return outcome(raft_frame(builder, wire::raft::Message::CommittedSlot,
                              wire::raft::CreateCommittedSlot(builder, 1, bytes).Union()));
  };
  Bytes record = raft::encode_archived(sample<raft::CommittedSlot>("raft_committed_slot").archived);
  BOOST_TEST(with(record) == "decoded");
  record.push_back(0);
  BOOST_TEST(with(record) == "malformed");
  BOOST_TEST(with(Bytes(15)) == "malformed");
  BOOST_TEST(with(Bytes(17 + kMaxBatchBytes)) == "oversized");
}

BOOST_AUTO_TEST_CASE(a_redirection_names_its_leader) {
  Reply reply = samples::signed_reply();
  reply.leader = ReplicaId(2);
  const auto read = [](const Reply& r) { return std::get<Reply>(*decode_answer_frame(encode_frame(r))).leader; };
  BOOST_TEST(!read(reply).has_value());  // an outcome names none
  reply.status = ReplyStatus::redirected;
  BOOST_TEST((read(reply) == ReplicaId(2)));
  reply.leader.reset();
  BOOST_TEST(!read(reply).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater

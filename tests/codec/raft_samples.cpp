#include "tests/codec/samples.hpp"

namespace breakwater::samples {

namespace {

using namespace raft;  // NOLINT: the samples are its messages

Entry entry(std::uint64_t term, std::uint64_t number) {
  return {ViewNumber(term), make_batch(AgreedTime(1'700'000'000'000'000),
                                       {request(number, {to_bytes("reserve S-7"), to_bytes("show")})})};
}

Digest root() {
  Digest digest;
  digest.bytes.fill(12);
  return digest;
}

RaftMessagePtr append(std::vector<Entry> entries) {
  return std::make_shared<AppendEntries>(ReplicaId(1), ViewNumber(5), SequenceNumber(128), ViewNumber(4),
                                         SequenceNumber(127), 77, std::move(entries));
}

}  // namespace

const std::vector<RaftSample>& raft_samples() {
  static const std::vector<RaftSample> kSamples = {
      {"raft_pre_vote",
       std::make_shared<RequestVote>(ReplicaId(2), ViewNumber(6), true, SequenceNumber(130), ViewNumber(5))},
      {"raft_request_vote",
       std::make_shared<RequestVote>(ReplicaId(2), ViewNumber(6), false, SequenceNumber(130), ViewNumber(5))},
      {"raft_request_vote_result", std::make_shared<RequestVoteResult>(ReplicaId(0), ViewNumber(6), false, true)},
      {"raft_append_entries", append({entry(4, 41), {ViewNumber(5), nullptr}, entry(5, 42)})},
      {"raft_heartbeat", append({})},
      {"raft_append_entries_result",
       std::make_shared<AppendEntriesResult>(ReplicaId(0), ViewNumber(5), true, SequenceNumber(131),
                                             SequenceNumber(127), SequenceNumber(128), 77u)},
      {"raft_install_snapshot",
       std::make_shared<InstallSnapshot>(ReplicaId(1), ViewNumber(5), SequenceNumber(128),
                                         encode_archived({SequenceNumber(128), entry(4, 40)}), root())},
      {"raft_install_snapshot_result",
       std::make_shared<InstallSnapshotResult>(ReplicaId(0), ViewNumber(5), SequenceNumber(128))},
      {"raft_committed_slot",
       std::make_shared<CommittedSlot>(ReplicaId(1), ArchivedEntry{SequenceNumber(129), entry(5, 41)})},
      {"raft_committed_null",
       std::make_shared<CommittedSlot>(ReplicaId(1), ArchivedEntry{SequenceNumber(1), {ViewNumber(1), nullptr}})},
      {"raft_status",
       std::make_shared<Status>(ReplicaId(0), ViewNumber(5), SequenceNumber(131), SequenceNumber(127), true)},
  };
  return kSamples;
}

}  // namespace breakwater::samples

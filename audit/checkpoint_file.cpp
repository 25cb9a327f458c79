#include "audit/checkpoint_file.hpp"

#include <algorithm>

#include "audit/store_report.hpp"
#include "crypto/digest.hpp"
#include "crypto/merkle.hpp"
#include "raft/entry.hpp"
#include "replica/leaf_keys.hpp"
#include "store/repair.hpp"

namespace breakwater::audit {

namespace {

constexpr std::string_view kMagic = "breakwater checkpoint\n";
constexpr std::size_t kMaxEngineBytes = 32;
constexpr std::size_t kMaxBlob = std::size_t{64} << 20;

Digest sum_of(ByteView bytes) { return hash("checkpoint file", bytes); }

std::string at(SequenceNumber n) { return "checkpoint " + std::to_string(n.value); }

}  // namespace

Bytes encode(const CheckpointFile& file) {
  Writer out;
  out.raw(as_bytes(kMagic)).u32(kCheckpointFormat).fixed(file.cluster).text(file.engine);
  out.u64(file.sequence.value).fixed(file.root).u8(file.certificate ? 1 : 0);
  if (file.certificate) encode(out, *file.certificate);
  out.blob(file.slot).u64(file.leaves.size());
  for (const auto& [key, value] : file.leaves) out.blob(key).blob(value);
  out.fixed(sum_of(out.bytes()));
  return out.take();
}

std::expected<CheckpointFile, std::string> decode_checkpoint_file(ByteView bytes) {
  Reader in(bytes);
  if (as_text(in.raw(kMagic.size())) != kMagic) return std::unexpected("it is no checkpoint of breakwater");
  const std::uint32_t format = in.u32();
  if (!in.failed() && format != kCheckpointFormat) {
    return std::unexpected("it has checkpoint format " + std::to_string(format) + ", this program knows format " +
                           std::to_string(kCheckpointFormat) + "; use the program that wrote it");
  }
  if (in.remaining() < Digest::kSize ||
      sum_of(bytes.first(bytes.size() - Digest::kSize)) != Digest::from(bytes.last(Digest::kSize))) {
    return std::unexpected("it is damaged or cut short: its checksum does not hold");
  }
  CheckpointFile file;
  file.cluster = in.fixed<Digest>();
  file.engine = in.text(kMaxEngineBytes);
  file.sequence = SequenceNumber(in.u64());
  file.root = in.fixed<Digest>();
  if (in.u8() != 0) file.certificate = decode_certificate(in);
  const ByteView slot = in.blob(kMaxBlob);
  file.slot.assign(slot.begin(), slot.end());
  for (std::uint64_t left = in.u64(); left > 0 && !in.failed(); --left) {
    const ByteView key = in.blob(kMaxBlob), value = in.blob(kMaxBlob);
    file.leaves.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
  }
  in.fixed<Digest>();
  if (!in.finished() || encode(file) != Bytes(bytes.begin(), bytes.end())) {
    return std::unexpected("it does not decode");
  }
  return file;
}

std::optional<std::string> refusal_of(const CheckpointFile& file, const Digest& cluster, std::string_view engine,
                                      const Group& group) {
  if (file.cluster != cluster) {
    return "it is of cluster " + to_hex(file.cluster.view()).substr(0, 16) + ", this harbor is cluster " +
           to_hex(cluster.view()).substr(0, 16);
  }
  if (file.engine != engine) return "it is of the engine " + file.engine + ", this harbor's is " + std::string(engine);
  StateTree tree;
  const Bytes* before = nullptr;
  for (const auto& [key, value] : file.leaves) {
    if (key.empty() || (before != nullptr && *before >= key)) return "its leaves are out of order";
    tree.put(key, value);
    before = &key;
  }
  if (tree.root() != file.root) return "its leaves do not hash to its root";
  if (!file.slot.empty()) {
    const std::optional<DecidedSlot> slot = group.reading.decode(file.slot);
    if (!slot || slot->sequence != file.sequence) return "its last slot is not the checkpoint's";
    if (group.signatures && !Signatures(*group.signatures).certifies(*slot)) return "its last slot was not decided";
  } else if (!group.signatures) {
    return "it lacks its last slot, without which a log cannot go on from it";
  }
  if (!group.signatures) return std::nullopt;
  if (!file.certificate) return "nobody vouches for it: it carries no certificate";
  const Statement& vouched = file.certificate->statement;
  if (vouched.sequence != file.sequence || vouched.digest != file.root) return "its certificate is of another state";
  if (!certifies_checkpoint(*group.signatures, *file.certificate)) return "its certificate does not hold";
  return std::nullopt;
}

std::expected<CheckpointFile, StoreError> read_checkpoint(const Store& store, const Digest& cluster,
                                                          const std::string& engine, const Group& group) {
  const auto sequence = checkpoint_of(store);
  if (!sequence) return std::unexpected(sequence.error());
  if (sequence->value == 0) {
    return std::unexpected(StoreError{store.where() + " holds no checkpoint yet; let the group go on to its first"});
  }
  CheckpointFile file{cluster, engine, *sequence, {}, std::nullopt, {}, {}};
  const auto slot = store.get(Table::archive, sequence_key(*sequence));
  if (!slot) return std::unexpected(slot.error());
  file.slot = slot->value_or(Bytes{});
  StateTree tree;
  const auto scanned = store.scan(Table::leaves, {}, [&](ByteView stored, ByteView value) {
    const ByteView key = leaf_key(stored);
    tree.put(key, value);
    file.leaves.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  });
  if (!scanned) return std::unexpected(scanned.error());
  std::ranges::sort(file.leaves);  // the store has them by bucket
  file.root = tree.root();
  if (group.signatures) {
    const auto certificate = stable_certificate(store);
    if (!certificate) return std::unexpected(certificate.error());
    const std::string certified = *certificate ? at((*certificate)->statement.sequence) : "none";
    if (!*certificate || (*certificate)->statement.sequence != *sequence) {
      return std::unexpected(StoreError{store.where() + ": its state is of " + at(*sequence) +
                                        ", the last certified is " + certified +
                                        "; start the replica until both are one, or take another replica's"});
    }
    file.certificate = **certificate;
  }
  return file;
}

std::vector<Record> records_of(const CheckpointFile& file) {
  const Bytes number = Writer().u64(file.sequence.value).take();
  std::vector<Record> records{{Table::meta, to_bytes("checkpoint"), number}};
  records.push_back({Table::roots, sequence_key(file.sequence), Bytes(file.root.bytes.begin(), file.root.bytes.end())});
  if (!file.slot.empty()) records.push_back({Table::archive, sequence_key(file.sequence), file.slot});
  for (const auto& [key, value] : file.leaves) records.push_back({Table::leaves, stored_leaf_key(key), value});
  if (file.certificate) {
    // As pbft/recovery.cpp lays it out.
    Writer stable;
    encode(stable, *file.certificate);
    records.push_back({Table::journal, to_bytes("S"), stable.take()});
  } else if (const auto entry = raft::decode_archived(file.slot)) {
    // The base of the log, and its term, in which nobody was voted for: as raft/recovery.cpp lays them out.
    const std::uint64_t term = entry->entry.term.value;
    records.push_back({Table::journal, to_bytes("b"), Writer().u64(file.sequence.value).u64(term).take()});
    records.push_back({Table::journal, to_bytes("v"), Writer().u64(term).u8(0).u32(0).take()});
  }
  return records;
}

GivenHistory history_in(const CheckpointFile& file) {
  // A view is none: the views of a group that signs begin anew, and its certificates name theirs.
  const auto entry = file.certificate ? std::nullopt : raft::decode_archived(file.slot);
  return {file.sequence, entry ? entry->entry.term : ViewNumber(0)};
}

}  // namespace breakwater::audit

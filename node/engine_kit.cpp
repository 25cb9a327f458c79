#include "node/engine_kit.hpp"

#include <algorithm>

#include "net/codec.hpp"
#include "node/engine_kits.hpp"
#include "pbft/messages.hpp"
#include "raft/entry.hpp"

namespace breakwater {

namespace {

// The engines of this program; node/engine_kind.hpp has a row for each.
struct Row {
  std::string_view engine;
  std::unique_ptr<EngineKit> (*make)(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                     const Roster& roster);
  adversary::Group group;
  bool (*is_archived_slot)(ByteView record);
};

constexpr Row kRows[] = {
    {"pbft", make_pbft_kit, adversary::Group::pbft,
     [](ByteView record) { return pbft::decode_archived(record).has_value(); }},
    {"raft", make_raft_kit, adversary::Group::raft,
     [](ByteView record) { return raft::decode_archived(record).has_value(); }},
};
static_assert(std::size(kRows) == std::size(kEngineKinds));

const Row& row_of(const ClusterConfig& cluster) {
  return *std::ranges::find(kRows, std::string_view(cluster.engine), &Row::engine);
}

}  // namespace

Bytes EngineKit::encode(const Message& message) const {
  const auto* transfer = dynamic_cast<const TransferMessage*>(&message);
  return transfer != nullptr ? encode_frame(*transfer) : encode_own(message);
}

std::expected<MessagePtr, RejectReason> EngineKit::decode(ByteView frame) const {
  if (is_transfer_frame(frame)) return decode_transfer_frame(frame);
  return decode_own(frame);
}

std::unique_ptr<EngineKit> make_engine_kit(const ClusterConfig& cluster, ReplicaId self, const OwnKeys& keys,
                                           const Roster& roster) {
  return row_of(cluster).make(cluster, self, keys, roster);
}

std::expected<adversary::Strategy, std::string> parse_strategy(const ClusterConfig& cluster, const std::string& text) {
  return adversary::parse_strategy(text, row_of(cluster).group);
}

std::expected<std::string_view, StoreError> engine_of(const Store& store) {
  std::string_view engine;
  const auto read = store.scan(Table::archive, {}, [&](ByteView, ByteView record) {
    const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return r.is_archived_slot(record); });
    if (row != std::end(kRows)) engine = row->engine;
    return false;  // the first tells
  });
  if (!read) return std::unexpected(read.error());
  return engine;
}

}  // namespace breakwater

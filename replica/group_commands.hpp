// Ordered commands about the group itself, executed by the application and not by the service it replicates.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "crypto/incarnations.hpp"
#include "replication/bytes.hpp"

namespace breakwater {

// What a replica's connections are known by: a CURVE key (net/ has its own type for it).
using ChannelKey = FixedBytes<struct ChannelKeyTag, 32>;

// Starts the next incarnation of a replica under new keys: because it lost its store, or to change its keys.
struct Readmit {
  ReplicaId replica;
  Incarnation incarnation;
  PublicKey key;
  ChannelKey channel_key;
  bool operator==(const Readmit&) const = default;
};
// Changes nothing. Carries the group on to the checkpoint from which a readmission takes effect.
struct Advance {
  bool operator==(const Advance&) const = default;
};
using GroupCommand = std::variant<Readmit, Advance>;

enum class GroupReason : std::uint8_t {
  none,
  malformed,
  not_permitted,  // the operator's alone
  not_supported,  // this engine readmits nobody
  unknown_replica,
  wrong_incarnation,  // not the one after the latest
  not_in_effect_yet,  // an earlier readmission of that replica
  key_taken,          // by this or another replica, in any incarnation, or a client
};
inline constexpr std::size_t kGroupReasonCount = 8;
std::string_view name_of(GroupReason reason);

struct GroupResult {
  GroupReason reason = GroupReason::none;  // none exactly when accepted
  std::optional<Era> era;                  // of an accepted readmission
  bool operator==(const GroupResult&) const = default;
};

// Canonical bytes: a kind byte that no command of a service begins with, then the fields. A result begins with
// kGroupResult, the reason, and whether an era follows.
inline constexpr std::uint8_t kReadmit = 0x80, kAdvance = 0x81, kGroupResult = 0x80;
Bytes encode(const GroupCommand& command);
Bytes encode(const GroupResult& result);
// By its first byte; it may be malformed all the same.
bool is_group_command(ByteView command);
std::optional<GroupCommand> decode_group_command(ByteView bytes);
std::optional<GroupResult> decode_group_result(ByteView bytes);

}  // namespace breakwater

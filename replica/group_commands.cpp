#include "replica/group_commands.hpp"

#include <array>

namespace breakwater {

namespace {
constexpr std::array<std::string_view, kGroupReasonCount> kReasonNames = {"none",
                                                                          "malformed",
                                                                          "not_permitted",
                                                                          "not_supported",
                                                                          "unknown_replica",
                                                                          "wrong_incarnation",
                                                                          "not_in_effect_yet",
                                                                          "key_taken"};
}  // namespace

std::string_view name_of(GroupReason reason) { return kReasonNames[static_cast<std::size_t>(reason)]; }

Bytes encode(const GroupCommand& command) {
  Writer out;
  if (const auto* c = std::get_if<Readmit>(&command)) {
    out.u8(kReadmit).u32(c->replica.value).u32(c->incarnation.value).fixed(c->key).fixed(c->channel_key);
  } else {
    out.u8(kAdvance);
  }
  return out.take();
}

Bytes encode(const GroupResult& result) {
  Writer out;
  out.u8(kGroupResult).u8(static_cast<std::uint8_t>(result.reason)).u8(result.era ? 1 : 0);
  if (result.era) {
    out.u32(result.era->incarnation.value).u64(result.era->readmitted.value).u64(result.era->effective.value);
  }
  return out.take();
}

bool is_group_command(ByteView command) {
  return !command.empty() && (command[0] == kReadmit || command[0] == kAdvance);
}

std::optional<GroupCommand> decode_group_command(ByteView bytes) {
  Reader in(bytes);
  const std::uint8_t kind = in.u8();
  GroupCommand command = Advance{};
  if (kind == kReadmit) {
    Readmit readmit;
    readmit.replica = ReplicaId(in.u32());
    readmit.incarnation = Incarnation(in.u32());
    readmit.key = in.fixed<PublicKey>();
    readmit.channel_key = in.fixed<ChannelKey>();
    command = readmit;
  } else if (kind != kAdvance) {
    return std::nullopt;
  }
  if (!in.finished()) return std::nullopt;
  return command;
}

std::optional<GroupResult> decode_group_result(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != kGroupResult) return std::nullopt;
  const std::uint8_t reason = in.u8();
  const std::uint8_t has_era = in.u8();
  if (reason >= kGroupReasonCount || has_era > 1) return std::nullopt;
  GroupResult result{static_cast<GroupReason>(reason), std::nullopt};
  if (has_era == 1) {
    Era era;
    era.incarnation = Incarnation(in.u32());
    era.readmitted = SequenceNumber(in.u64());
    era.effective = SequenceNumber(in.u64());
    result.era = era;
  }
  if (!in.finished()) return std::nullopt;
  return result;
}

}  // namespace breakwater

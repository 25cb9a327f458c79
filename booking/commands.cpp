// Canonical bytes of commands: a kind byte, then the fields in the order of their declaration.
//
// A guard comes before the command, as a kind of its own: guarded, which of its conditions are given (bits, 1: fence,
// 2: epoch), the fence's job and token, the epoch. Not behind it: so no guarded command, cut short, is an unguarded
// one, and commands without a guard are what they were before there were guards.
#include "booking/commands.hpp"

#include "booking/fields.hpp"

namespace breakwater::booking {

namespace {

enum class Kind : std::uint8_t {
  open = 1,
  reserve = 2,
  hold = 3,
  confirm = 4,
  cancel = 5,
  show = 6,
  guarded = 7,
  assign_shard = 8,
  acquire = 9,
  renew = 10,
  release = 11,
  check_fence = 12,
  bump_epoch = 13,
  show_shard = 14,
  show_job = 15,
  show_epoch = 16,
};

constexpr std::uint8_t kHasFence = 1, kHasEpoch = 2;

Writer& put_kind(Writer& out, Kind kind) { return out.u8(static_cast<std::uint8_t>(kind)); }

void put_target(Writer& out, const Target& target) {
  out.text(target.voyage);
  put_optional(out, target.suite);
  put_optional(out, target.suite_class);
}

void put_guard(Writer& out, const Guard& guard) {
  put_kind(out, Kind::guarded);
  out.u8(static_cast<std::uint8_t>((guard.fence ? kHasFence : 0) | (guard.epoch ? kHasEpoch : 0)));
  if (guard.fence) out.text(guard.fence->job).u64(guard.fence->token);
  if (guard.epoch) out.u64(*guard.epoch);
}

void put(Writer& out, const Open& c) {
  put_kind(out, Kind::open).text(c.voyage).text(c.suite_class).u32(c.suites);
  out.u32(static_cast<std::uint32_t>(c.names.size()));
  for (const std::string& name : c.names) out.text(name);
}
void put(Writer& out, const Reserve& c) {
  put_kind(out, Kind::reserve);
  put_target(out, c.target);
  out.u64(c.booking);
}
void put(Writer& out, const Hold& c) {
  put_kind(out, Kind::hold);
  put_target(out, c.target);
  out.u64(c.booking).u64(c.ttl_seconds);
}
void put(Writer& out, const Confirm& c) { put_kind(out, Kind::confirm).u64(c.booking); }
void put(Writer& out, const Cancel& c) { put_kind(out, Kind::cancel).u64(c.booking); }
void put(Writer& out, const Show& c) {
  put_kind(out, Kind::show);
  put_optional(out, c.voyage);
  put_optional(out, c.suite);
  put_optional(out, c.booking);
}
void put(Writer& out, const AssignShard& c) {
  put_kind(out, Kind::assign_shard).text(c.shard).text(c.owner).u64(c.expect_epoch);
}
void put(Writer& out, const Acquire& c) {
  put_kind(out, Kind::acquire).text(c.job).text(c.candidate).u64(c.ttl_seconds);
}
void put(Writer& out, const Renew& c) {
  put_kind(out, Kind::renew).text(c.job).u64(c.token);
  put_optional(out, c.ttl_seconds);
}
void put(Writer& out, const Release& c) { put_kind(out, Kind::release).text(c.job).u64(c.token); }
void put(Writer& out, const CheckFence& c) { put_kind(out, Kind::check_fence).text(c.job).u64(c.token); }
void put(Writer& out, const BumpEpoch& c) { put_kind(out, Kind::bump_epoch).u64(c.expect); }
void put(Writer& out, const ShowShard& c) { put_kind(out, Kind::show_shard).text(c.shard); }
void put(Writer& out, const ShowJob& c) { put_kind(out, Kind::show_job).text(c.job); }
void put(Writer& out, const ShowEpoch&) { put_kind(out, Kind::show_epoch); }

Target get_target(Reader& in) {
  Target target;
  target.voyage = get_name(in);
  target.suite = get_optional_name(in);
  target.suite_class = get_optional_name(in);
  if (target.suite.has_value() == target.suite_class.has_value()) in.fail();  // exactly one
  return target;
}

Guard get_guard(Reader& in) {
  Guard guard;
  const std::uint8_t given = in.u8();
  if (given == 0 || given > (kHasFence | kHasEpoch)) in.fail();  // an empty guard is none
  if ((given & kHasFence) != 0) {
    guard.fence.emplace();
    guard.fence->job = get_name(in);
    guard.fence->token = in.u64();
  }
  if ((given & kHasEpoch) != 0) guard.epoch = in.u64();
  return guard;
}

Open get_open(Reader& in) {
  Open open;
  open.voyage = get_name(in);
  open.suite_class = get_name(in);
  open.suites = in.u32();
  const std::uint32_t names = in.count(kMaxNamesPerOpen, 5);
  for (std::uint32_t i = 0; i < names; ++i) open.names.push_back(get_name(in));
  return open;
}

Show get_show(Reader& in) {
  Show show;
  show.voyage = get_optional_name(in);
  show.suite = get_optional_name(in);
  show.booking = get_optional_u64(in);
  if (show.voyage.has_value() == show.booking.has_value() || (show.suite && !show.voyage)) in.fail();
  return show;
}

// A command without its guard; nothing for a kind that is none, a second guard among them. The fields are read in the
// order in which they stand in the braces.
std::optional<Command> get_command(Reader& in, Kind kind) {
  switch (kind) {
    case Kind::open: return get_open(in);
    case Kind::reserve: return Reserve{get_target(in), in.u64()};
    case Kind::hold: return Hold{get_target(in), in.u64(), in.u64()};
    case Kind::confirm: return Confirm{in.u64()};
    case Kind::cancel: return Cancel{in.u64()};
    case Kind::show: return get_show(in);
    case Kind::guarded: break;
    case Kind::assign_shard: return AssignShard{get_name(in), get_name(in), in.u64()};
    case Kind::acquire: return Acquire{get_name(in), get_name(in), in.u64()};
    case Kind::renew: return Renew{get_name(in), in.u64(), get_optional_u64(in)};
    case Kind::release: return Release{get_name(in), in.u64()};
    case Kind::check_fence: return CheckFence{get_name(in), in.u64()};
    case Kind::bump_epoch: return BumpEpoch{in.u64()};
    case Kind::show_shard: return ShowShard{get_name(in)};
    case Kind::show_job: return ShowJob{get_name(in)};
    case Kind::show_epoch: return ShowEpoch{};
  }
  return std::nullopt;
}

// False for a kind that takes no guard.
bool set_guard(Command& command, Guard guard) {
  return std::visit(
      [&](auto& c) {
        if constexpr (requires { c.guard; }) {
          c.guard = std::move(guard);
          return true;
        }
        return false;
      },
      command);
}

}  // namespace

Guard guard_of(const Command& command) {
  return std::visit(
      [](const auto& c) {
        if constexpr (requires { c.guard; }) return c.guard;
        else return Guard{};
      },
      command);
}

Bytes encode(const Command& command) {
  Writer out;
  if (const Guard guard = guard_of(command); guard != Guard{}) put_guard(out, guard);
  std::visit([&](const auto& c) { put(out, c); }, command);
  return out.take();
}

std::optional<Command> decode_command(ByteView bytes) {
  Reader in(bytes);
  std::optional<Guard> guard;
  auto kind = static_cast<Kind>(in.u8());
  if (kind == Kind::guarded) {
    guard = get_guard(in);
    kind = static_cast<Kind>(in.u8());
  }
  std::optional<Command> command = get_command(in, kind);
  if (!command || !in.finished()) return std::nullopt;
  if (guard && !set_guard(*command, std::move(*guard))) return std::nullopt;
  return command;
}

}  // namespace breakwater::booking

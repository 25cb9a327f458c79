#include "replica/membership.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kMaxReadmissions = 10'000;  // of one replica: what a leaf's decoder accepts
constexpr std::size_t kRecordBytes = 4 + 8 + 8 + PublicKey::kSize + ChannelKey::kSize;

Bytes key_of(ReplicaId id) { return Writer().u8('r').u32(id.value).take(); }

}  // namespace

GroupResult Membership::apply(ByteView command, ClientRole role, SequenceNumber slot) {
  const std::optional<GroupCommand> decoded = decode_group_command(command);
  if (!decoded) return {GroupReason::malformed, std::nullopt};
  if (role != ClientRole::operator_role) return {GroupReason::not_permitted, std::nullopt};
  if (const auto* c = std::get_if<Readmit>(&*decoded)) return readmit(*c, slot);
  return {};
}

GroupResult Membership::readmit(const Readmit& command, SequenceNumber slot) {
  const auto refused = [](GroupReason reason) { return GroupResult{reason, std::nullopt}; };
  if (rules_.log_window == 0) return refused(GroupReason::not_supported);
  const std::vector<Era> first = roster_.incarnations()->eras_of(command.replica);
  if (first.empty()) return refused(GroupReason::unknown_replica);
  std::vector<Readmission>& past = readmitted_[command.replica];
  const Incarnation latest = past.empty() ? first.front().incarnation : past.back().era.incarnation;
  // Asked for again, by who did not hear the answer.
  for (const Readmission& done : past) {
    if (done.era.incarnation == command.incarnation && done.key == command.key &&
        done.channel_key == command.channel_key) {
      return {GroupReason::none, done.era};
    }
  }
  if (latest.value == UINT32_MAX || command.incarnation != latest.next() || past.size() >= kMaxReadmissions) {
    return refused(GroupReason::wrong_incarnation);
  }
  if (!past.empty() && slot <= past.back().era.effective) return refused(GroupReason::not_in_effect_yet);
  if (is_taken(command)) return refused(GroupReason::key_taken);

  // Whoever votes beyond E has a stable checkpoint beyond `slot`: a log window lies between them.
  const std::uint64_t k = rules_.checkpoint_interval;
  const SequenceNumber effective((slot.value + rules_.log_window + k - 1) / k * k);
  const Readmission readmission{
      command.replica, {command.incarnation, slot, effective}, command.key, command.channel_key};
  past.push_back(readmission);
  changed_.insert(key_of(command.replica));
  announce(readmission);
  return {GroupReason::none, readmission.era};
}

bool Membership::is_taken(const Readmit& command) const {
  if (command.key.is_zero() || command.channel_key.is_zero() || roster_.is_first_key(command.key)) return true;
  return std::ranges::any_of(readmitted_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second, [&](const Readmission& past) {
      return past.key == command.key || past.channel_key == command.channel_key;
    });
  });
}

void Membership::announce(const Readmission& readmission) const {
  Roster roster = roster_;  // what is known of replicas is shared
  roster.add_replica(readmission.replica, readmission.era, readmission.key);
  if (on_readmission) on_readmission(readmission);
}

std::vector<Bytes> Membership::take_changed() {
  std::vector<Bytes> keys(changed_.begin(), changed_.end());
  changed_.clear();
  return keys;
}

std::optional<Bytes> Membership::leaf(ByteView key) const {
  Reader in(key);
  in.u8();
  const auto found = readmitted_.find(ReplicaId(in.u32()));
  if (!in.finished() || found == readmitted_.end() || found->second.empty()) return std::nullopt;
  Writer out;
  out.u32(static_cast<std::uint32_t>(found->second.size()));
  for (const Readmission& r : found->second) {
    out.u32(r.era.incarnation.value).u64(r.era.readmitted.value).u64(r.era.effective.value);
    out.fixed(r.key).fixed(r.channel_key);
  }
  return out.take();
}

bool Membership::load_leaf(ByteView key, ByteView value) {
  Reader name(key);
  name.u8();
  const ReplicaId id(name.u32());
  Reader in(value);
  const std::uint32_t count = in.count(kMaxReadmissions, kRecordBytes);
  if (!name.finished() || count == 0) return false;
  std::vector<Readmission> read;
  for (std::uint32_t i = 0; i < count; ++i) {
    Readmission r{id, {}, {}, {}};
    r.era.incarnation = Incarnation(in.u32());
    r.era.readmitted = SequenceNumber(in.u64());
    r.era.effective = SequenceNumber(in.u64());
    r.key = in.fixed<PublicKey>();
    r.channel_key = in.fixed<ChannelKey>();
    read.push_back(r);
  }
  if (!in.finished() || !std::ranges::is_sorted(read, std::less{}, [](const Readmission& r) { return r.era; })) {
    return false;
  }
  readmitted_[id] = read;
  for (const Readmission& r : read) announce(r);
  return true;
}

void Membership::clear() {
  readmitted_.clear();
  changed_.clear();
}

std::vector<Readmission> Membership::readmissions() const {
  std::vector<Readmission> all;
  for (const auto& [id, past] : readmitted_) all.insert(all.end(), past.begin(), past.end());
  return all;
}

}  // namespace breakwater

// Who has been readmitted: the part of the replicated state that says which incarnation speaks when.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "crypto/roster.hpp"
#include "replica/group_commands.hpp"

namespace breakwater {

// What a readmission takes effect by. `log_window` 0: this engine readmits nobody.
struct GroupRules {
  std::uint64_t checkpoint_interval = 1;  // K, slots
  std::uint64_t log_window = 0;           // L, slots
};

struct Readmission {
  ReplicaId replica;
  Era era;
  PublicKey key;
  ChannelKey channel_key;
  bool operator==(const Readmission&) const = default;
};

// Deterministic: it judges by what was executed and by the roster's first incarnations, which all replicas share; what
// else the roster knows comes from a newer configuration at some of them. Each readmission is put into the roster, when
// it executes and when it is loaded. One thread.
class Membership {
 public:
  Membership(Roster roster, GroupRules rules) : roster_(std::move(roster)), rules_(rules) {}

  // The caller guarantees is_group_command(command). Hostile bytes give a "malformed" result.
  GroupResult apply(ByteView command, ClientRole role, SequenceNumber slot);

  // Leaf "r" and the replica's id (u32): its readmissions, ascending by incarnation.
  static bool owns(ByteView key) { return !key.empty() && key[0] == 'r'; }
  std::vector<Bytes> take_changed();
  std::optional<Bytes> leaf(ByteView key) const;
  bool load_leaf(ByteView key, ByteView value);
  void clear();

  // All, by replica and incarnation.
  std::vector<Readmission> readmissions() const;
  // Called with each one that executes or is loaded.
  std::function<void(const Readmission&)> on_readmission;

 private:
  GroupResult readmit(const Readmit& command, SequenceNumber slot);
  bool is_taken(const Readmit& command) const;
  void announce(const Readmission& readmission) const;

  Roster roster_;
  GroupRules rules_;
  std::map<ReplicaId, std::vector<Readmission>> readmitted_;
  std::set<Bytes> changed_;
};

}  // namespace breakwater

// Client sessions: exactly once per (client, request number), as replicated state.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"
#include "replication/request.hpp"
#include "replication/results.hpp"

namespace breakwater {

// Outstanding numbers a client may have: a number this far below its highest is spent, answered or not.
inline constexpr std::uint64_t kSessionWindow = 256;
// Bytes of results kept for one client. Beyond, the oldest numbers are spent before their window is over; the newest
// stays.
inline constexpr std::size_t kMaxCachedBytesPerClient = 4 * 1024 * 1024;

// Nothing in it may differ between replicas: not the view, since a slot may be decided in different views.
struct CachedResult {
  Digest request;  // of the body that executed
  SequenceNumber sequence;
  Results results;  // one per command
};

enum class SessionVerdict { fresh, duplicate, number_reused, expired };

// Judged when applied, so that every replica judges alike whatever it knew when it voted.
// The table is part of the checkpoint: its leaves are "s" + client id (u32, little-endian).
class SessionTable {
 public:
  SessionVerdict judge(ClientId client, RequestNumber number, const Digest& request) const;
  // The result of an executed number that is still within the window, or null. Valid until the next change.
  const CachedResult* find(ClientId client, RequestNumber number) const;
  // Up to which number the client's requests are spent for good; 0 when none is.
  RequestNumber floor(ClientId client) const;
  // The caller guarantees judge(...) == fresh.
  void remember(ClientId client, RequestNumber number, CachedResult result);

  // As in StateMachine (replication/state_machine.hpp). Layout of a leaf: floor u64 | count u32 | per cached number,
  // ascending: number u64, request digest 32, sequence u64, results u32, each a blob.
  // A loaded leaf does not count as changed. A second load of one client is refused.
  std::vector<Bytes> take_changed();
  std::optional<Bytes> leaf(ByteView key) const;
  bool load_leaf(ByteView key, ByteView value);
  static bool owns(ByteView key) { return !key.empty() && key[0] == 's'; }

 private:
  struct Session {
    RequestNumber floor;                           // numbers up to here are spent for good
    std::map<RequestNumber, CachedResult> cached;  // above the floor; never empty
    std::size_t cached_bytes = 0;                  // of their results
  };
  static void raise_floor(Session& session);
  std::map<ClientId, Session> sessions_;
  std::set<ClientId> changed_;
};

}  // namespace breakwater

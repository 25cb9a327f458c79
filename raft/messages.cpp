#include "raft/messages.hpp"

#include "replication/assert.hpp"

namespace breakwater::raft {

std::string_view RaftMessage::name() const {
  switch (kind()) {
    case MessageKind::request_vote:
      return static_cast<const RequestVote*>(this)->pre_vote ? "pre-vote" : "request-vote";
    case MessageKind::request_vote_result: return "request-vote-result";
    case MessageKind::append_entries: return "append-entries";
    case MessageKind::append_entries_result: return "append-entries-result";
    case MessageKind::install_snapshot: return "install-snapshot";
    case MessageKind::install_snapshot_result: return "install-snapshot-result";
    case MessageKind::committed_slot: return "committed-slot";
    case MessageKind::status: return "status";
  }
  BW_ASSERT(false);
}

}  // namespace breakwater::raft

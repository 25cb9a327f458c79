#include "cli/group_status.hpp"

#include <algorithm>

#include "node/process_table.hpp"

namespace breakwater::cli {

namespace {

// The operator may ask, and so may any desk: whichever key is here.
std::string asking_client(const Harbor& harbor) {
  for (const auto& [id, client] : harbor.config.clients) {
    if (std::filesystem::exists(harbor.client_dir(client.name) / "key")) return client.name;
  }
  throw UserError("no client key under " + (harbor.dir / "clients").string() + "; copy one there to ask the group");
}

bool is_healthy(const Harbor& harbor, const GroupStatus& group) {
  const EngineKind& kind = harbor.config.kind();
  struct Working {
    std::uint32_t leading = 0, following = 0;
  };
  std::map<ViewNumber, Working> views;
  for (const auto& [id, report] : group.reports) {
    views[report.view].leading += report.role == kind.leading_role;
    views[report.view].following += report.role == kind.following_role;
  }
  return std::ranges::any_of(views, [&](const auto& view) {
    const auto [leading, following] = view.second;
    return leading + following >= harbor.quorums().quorum && (leading > 0 || !kind.needs_a_leader);
  });
}

}  // namespace

std::set<ReplicaId> GroupStatus::joined() const {
  std::set<ReplicaId> ids;
  for (const auto& [id, report] : reports) {
    if (report.role != "joining") ids.insert(id);
  }
  return ids;
}

GroupStatus ask_group(const Harbor& harbor, std::chrono::milliseconds timeout, bool with_state_digest) {
  HarborClient client(harbor, asking_client(harbor));
  const Bytes question = encode_frame(StatusQuery{with_state_digest});
  std::size_t expected = 0;
  for (const auto& [id, replica] : harbor.config.replicas) {
    client.transport().send(id, question);
    // Of a replica that lives in another directory, nobody here knows whether it runs.
    const bool lives_here = is_local(replica) && std::filesystem::exists(harbor.replica_dir(id));
    expected += !lives_here || running_replica(harbor.dir, id.value).has_value();
  }
  GroupStatus group;
  const auto deadline = Client::Clock::now() + timeout;
  while (group.reports.size() < expected && Client::Clock::now() < deadline) {
    client.transport().poll(std::chrono::milliseconds(20), [&](ReplicaId from, ByteView frame) {
      auto answer = decode_answer_frame(frame);
      if (!answer) return;
      auto* report = std::get_if<StatusReport>(&*answer);
      if (report != nullptr && report->replica == from) group.reports[from] = std::move(*report);
    });
  }
  group.quorum_healthy = is_healthy(harbor, group);
  return group;
}

}  // namespace breakwater::cli

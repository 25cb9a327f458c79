#include "tests/codec/fuzz/targets.hpp"

#include <algorithm>

namespace breakwater::fuzz {

namespace {

constexpr Target kTargets[] = {
    {"replica_frame", replica_frame},
    {"raft_frame", raft_frame},
    {"transfer_frame", transfer_frame},
    {"client_frame", client_frame},
    {"answer_frame", answer_frame},
    {"frame_pack", frame_pack},
    {"batch", batch},
    {"view_change_body", view_change_body},
    {"new_view_body", new_view_body},
    {"certificate", certificate},
    {"archived_slot", archived_slot},
    {"raft_entry", raft_entry},
    {"evidence", evidence},
    {"receipt", receipt},
    {"statement", statement},
    {"command", command},
    {"session_leaf", session_leaf},
    {"booking_leaf", booking_leaf},
    {"cluster_toml", cluster_toml},
    {"trace_csv", trace_csv},
    {"store_file", store_file},
    {"checkpoint_file", checkpoint_file},
    {"replica_inputs", replica_inputs},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  const auto it = std::ranges::find(kTargets, name, &Target::name);
  return it == std::end(kTargets) ? nullptr : it;
}

}  // namespace breakwater::fuzz

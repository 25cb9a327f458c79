#include "sim/rosters.hpp"

namespace breakwater::sim {

static Roster make_roster(const Digest& cluster, std::uint32_t replicas, std::uint32_t desks) {
  Roster roster(cluster);
  for (std::uint32_t id = 0; id < replicas; ++id) roster.add_replica(ReplicaId(id), Incarnation(0), {});
  for (std::uint32_t id = 0; id <= desks; ++id) {
    roster.add_client(ClientId(id), {{}, id == 0 ? ClientRole::operator_role : ClientRole::desk});
  }
  return roster;
}

Rosters make_rosters(const Digest& cluster, std::uint32_t replicas, std::uint32_t desks) {
  Rosters rosters{make_roster(cluster, replicas, desks), {}};
  for (std::uint32_t id = 0; id < replicas; ++id) rosters.replicas.push_back(make_roster(cluster, replicas, desks));
  return rosters;
}

}  // namespace breakwater::sim

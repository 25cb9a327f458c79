#include "node/client_routes.hpp"

#include <algorithm>

namespace breakwater {

void ClientRoutes::heard(ClientId client, const ClientRoute& route) {
  std::vector<ClientRoute>& recent = clients_[client].recent;
  std::erase_if(recent, [&](const ClientRoute& known) { return known.routing_id == route.routing_id; });
  if (recent.size() == kRecentRoutes) recent.erase(recent.begin());
  recent.push_back(route);
}

void ClientRoutes::asked(ClientId client, RequestNumber number, const ClientRoute& route) {
  heard(client, route);
  std::map<RequestNumber, ClientRoute>& askers = clients_[client].askers;
  askers.insert_or_assign(number, route);
  if (askers.size() > kNumbersKept) askers.erase(askers.begin());
}

std::vector<ClientRoute> ClientRoutes::routes_of(ClientId client, RequestNumber number) const {
  const auto known = clients_.find(client);
  if (known == clients_.end()) return {};
  const auto asker = known->second.askers.find(number);
  if (asker != known->second.askers.end()) return {asker->second};
  return known->second.recent;
}

}  // namespace breakwater

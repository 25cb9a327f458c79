#include "node/client_routes.hpp"

#include <algorithm>

namespace breakwater {

void ClientRoutes::heard(ClientId client, const ClientRoute& route) {
  std::vector<Recent>& recent = clients_[client].recent;
  const auto known =
      std::ranges::find(recent, route.routing_id, [](const Recent& r) -> const Bytes& { return r.route.routing_id; });
  if (known != recent.end()) {
    std::rotate(known, known + 1, recent.end());
    return;
  }
  if (recent.size() == kRecentRoutes) recent.erase(recent.begin());
  recent.push_back({route});
}

void ClientRoutes::wants_silence(ClientId client, const ClientRoute& route, bool silence) {
  heard(client, route);
  clients_[client].recent.back().wants_silence = silence;
}

void ClientRoutes::asked(ClientId client, RequestNumber number, const ClientRoute& route) {
  heard(client, route);
  std::map<RequestNumber, ClientRoute>& askers = clients_[client].askers;
  askers.insert_or_assign(number, route);
  if (askers.size() > kNumbersKept) askers.erase(askers.begin());
}

bool ClientRoutes::knows_way(ClientId client, RequestNumber number) const {
  const auto known = clients_.find(client);
  if (known == clients_.end()) return false;
  return known->second.askers.contains(number) ||
         std::ranges::any_of(known->second.recent, [](const Recent& recent) { return !recent.wants_silence; });
}

std::vector<ClientRoute> ClientRoutes::routes_of(ClientId client, RequestNumber number) const {
  const auto known = clients_.find(client);
  if (known == clients_.end()) return {};
  const auto asker = known->second.askers.find(number);
  if (asker != known->second.askers.end()) return {asker->second};
  std::vector<ClientRoute> routes;
  for (const Recent& recent : known->second.recent) {
    if (!recent.wants_silence) routes.push_back(recent.route);
  }
  return routes;
}

}  // namespace breakwater

#include "node/outlet.hpp"

#include "net/codec.hpp"

namespace breakwater {

void NetOutlet::send(std::optional<ReplicaId> to, const MessagePtr& message) {
  if (to && partition_.drops(*to)) return;
  const Bytes frame = kit_.encode(*message);
  if (to) return transport_.send(*to, frame);
  for (const ReplicaId peer : peers_) {
    if (!partition_.drops(peer)) transport_.send(peer, frame);
  }
}

void NetOutlet::reply(const Reply& reply) {
  const std::vector<ClientRoute> routes = routes_.routes_of(reply.client, reply.number);
  if (routes.empty()) return;
  const Bytes frame = encode_frame(reply);
  for (const ClientRoute& route : routes) transport_.reply(route, frame);
}

}  // namespace breakwater

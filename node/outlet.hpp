// A replica's way out: messages and replies, encoded and handed to the transport.
#pragma once

#include <vector>

#include "net/transport.hpp"
#include "node/client_routes.hpp"
#include "replica/replica.hpp"

namespace breakwater {

// Encodes each message once, however many peers it goes to. `transport` and `routes` must outlive it. One thread.
class NetOutlet final : public Outlet {
 public:
  // `peers`: every other replica of the group.
  NetOutlet(ReplicaTransport& transport, const ClientRoutes& routes, std::vector<ReplicaId> peers)
      : transport_(transport), routes_(routes), peers_(std::move(peers)) {}

  // The caller guarantees that `message` is one of the engine that net/codec.hpp encodes.
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override;
  // A reply to a client that this replica never heard is dropped: the client asks again.
  void reply(const Reply& reply) override;

 private:
  ReplicaTransport& transport_;
  const ClientRoutes& routes_;
  std::vector<ReplicaId> peers_;
};

}  // namespace breakwater

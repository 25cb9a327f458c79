// A replica's way out: messages and replies, encoded and handed to the transport.
#pragma once

#include <vector>

#include "net/transport.hpp"
#include "node/client_routes.hpp"
#include "node/engine_kit.hpp"
#include "node/partition.hpp"
#include "replica/replica.hpp"

namespace breakwater {

// Encodes each message once, however many peers it goes to; peers beyond the partition get none. All but `peers` must
// outlive it. One thread.
class NetOutlet final : public Outlet {
 public:
  // `peers`: every other replica of the group.
  NetOutlet(ReplicaTransport& transport, const ClientRoutes& routes, const EngineKit& kit, const Partition& partition,
            std::vector<ReplicaId> peers)
      : transport_(transport), routes_(routes), kit_(kit), partition_(partition), peers_(std::move(peers)) {}

  // The caller guarantees that `message` is one of the kit's engine.
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override;
  // A reply to a client that this replica never heard is dropped: the client asks again.
  void reply(const Reply& reply) override;
  bool reaches(ClientId client, RequestNumber number) const override { return routes_.knows_way(client, number); }
  void flush() override { transport_.flush(); }

 private:
  ReplicaTransport& transport_;
  const ClientRoutes& routes_;
  const EngineKit& kit_;
  const Partition& partition_;
  std::vector<ReplicaId> peers_;
};

}  // namespace breakwater

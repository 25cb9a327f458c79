// Which connections a client's answers go to.
#pragma once

#include <map>
#include <vector>

#include "net/transport.hpp"

namespace breakwater {

// A client may have several connections: its processes share one key, and each reconnects at will. Bounded per client;
// how many clients there are is bounded by the roster, since the transport admits nobody else. One thread.
class ClientRoutes {
 public:
  static constexpr std::size_t kRecentRoutes = 4;   // per client; a new one displaces the longest unheard
  static constexpr std::size_t kNumbersKept = 256;  // per client: the numbers whose asker is known; the lowest go first

  // A frame of `client` came over `route`: answers that nobody here asked for may go there.
  void heard(ClientId client, const ClientRoute& route);
  // ... and it asked for `number`. The last asker of a number gets its answer.
  void asked(ClientId client, RequestNumber number, const ClientRoute& route);

  // The route that asked for `number`, else all recent routes of the client (a replica that the client did not ask
  // executes the request too, and answers), oldest first. Empty for a client that was never heard.
  std::vector<ClientRoute> routes_of(ClientId client, RequestNumber number) const;

 private:
  struct Client {
    std::vector<ClientRoute> recent;  // last heard last
    std::map<RequestNumber, ClientRoute> askers;
  };
  std::map<ClientId, Client> clients_;
};

}  // namespace breakwater

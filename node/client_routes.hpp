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

  // A frame of `client` came over `route`: answers that nobody here asked for may go there, unless it wants silence.
  void heard(ClientId client, const ClientRoute& route);
  void wants_silence(ClientId client, const ClientRoute& route, bool silence);
  // ... and it asked for `number`. The last asker of a number gets its answer.
  void asked(ClientId client, RequestNumber number, const ClientRoute& route);

  // The route that asked for `number`, else all recent routes of the client that do not want silence (a replica that
  // the client did not ask executes the request too, and answers), oldest first. Empty for a client never heard.
  std::vector<ClientRoute> routes_of(ClientId client, RequestNumber number) const;
  // Whether there is one.
  bool knows_way(ClientId client, RequestNumber number) const;

 private:
  struct Recent {
    ClientRoute route;
    bool wants_silence = false;
  };
  struct Client {
    std::vector<Recent> recent;  // last heard last
    std::map<RequestNumber, ClientRoute> askers;
  };
  std::map<ClientId, Client> clients_;
};

}  // namespace breakwater

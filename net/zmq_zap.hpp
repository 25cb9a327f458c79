// Who may connect: the handler of ZeroMQ's authentication requests (ZAP, ZeroMQ RFC 27). Internal to net/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "net/zmq_socket.hpp"

namespace breakwater {

inline constexpr char kReplicaDomain[] = "replicas";
inline constexpr char kClientDomain[] = "clients";

// Admits, per domain, the CURVE keys of its list, and names the connection after the list's id. Asked by the I/O
// thread, answered on the thread that polls; until it is answered, a handshake waits.
class ZapHandler {
 public:
  using Admitted = std::map<CurvePublicKey, std::uint32_t>;

  // Must exist before any socket of `context` listens. `context` must outlive it.
  ZapHandler(zmq::context_t& context, Admitted replicas, Admitted clients);
  ~ZapHandler();

  // Another key for a replica, in place of those that it had; false when the key is another replica's. Connections that
  // are up stay so.
  bool change_replica(std::uint32_t id, const CurvePublicKey& key);

  // To be polled for input.
  zmq::socket_t& socket() { return *socket_; }
  // Answers what is waiting, within a bound. Returns how many keys it refused.
  std::uint64_t serve();
  // False once serve() found nothing more: from then on the socket's descriptor tells of news.
  bool may_have_more() const { return may_have_more_; }

 private:
  bool answer_one(std::uint64_t& refused);
  const std::uint32_t* admitted(std::string_view domain, ByteView key) const;

  std::unique_ptr<zmq::socket_t> socket_;
  Admitted replicas_;
  Admitted clients_;
  bool may_have_more_ = true;
};

// The id that `serve` gave to the connection which `part` came from; nothing when there is none.
std::optional<std::uint32_t> connection_id(zmq::message_t& part);

}  // namespace breakwater

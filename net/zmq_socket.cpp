#include "net/zmq_socket.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <zmq.hpp>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr int kBacklog = 512;
constexpr int kReconnectMs = 50;
constexpr int kReconnectMaxMs = 1000;
constexpr int kConnectTimeoutMs = 3000;
constexpr int kUnacknowledgedMs = 10000;  // a connection whose bytes go nowhere is given up, so that a healed
                                          // partition does not wait for TCP's own back-off
constexpr std::int64_t kHandshakeBytes = 4096;

zmq::const_buffer buffer_of(ByteView bytes) { return {bytes.data(), bytes.size()}; }

template <class Call>
int uninterrupted(Call call) {
  int rc;
  do {
    rc = call();
  } while (rc < 0 && zmq_errno() == EINTR);
  return rc;
}

void set_common_limits(zmq::socket_t& socket, const TransportLimits& limits) {
  socket.set(zmq::sockopt::linger, limits.linger_ms);
  socket.set(zmq::sockopt::handshake_ivl, limits.handshake_ms);
  socket.set(zmq::sockopt::sndhwm, limits.high_water_mark);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 10);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 5);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  socket.set(zmq::sockopt::tcp_maxrt, kUnacknowledgedMs);
  socket.set(zmq::sockopt::backlog, kBacklog);
}

std::string mend_of(int error) {
  switch (error) {
    case EADDRINUSE: return "choose another --base-port or stop the program that holds it";
    case EACCES: return "choose a port of 1024 or above";
    default: return "give this replica a host and port of this machine in cluster.toml";
  }
}

}  // namespace

CurveKeyPair new_curve_key_pair() {
  char public_text[41], secret_text[41];
  BW_ASSERT(zmq_curve_keypair(public_text, secret_text) == 0);
  CurveKeyPair keys;
  BW_ASSERT(zmq_z85_decode(keys.public_key.bytes.data(), public_text) != nullptr);
  BW_ASSERT(zmq_z85_decode(keys.secret_key.bytes.data(), secret_text) != nullptr);
  explicit_bzero(secret_text, sizeof(secret_text));
  return keys;
}

CurvePublicKey curve_public_key(const CurveSecretKey& secret) {
  char public_text[41], secret_text[41];
  BW_ASSERT(zmq_z85_encode(secret_text, secret.bytes.data(), secret.bytes.size()) != nullptr);
  BW_ASSERT(zmq_curve_public(public_text, secret_text) == 0);
  CurvePublicKey key;
  BW_ASSERT(zmq_z85_decode(key.bytes.data(), public_text) != nullptr);
  explicit_bzero(secret_text, sizeof(secret_text));
  return key;
}

std::optional<TransportError> limits_error(const TransportLimits& limits) {
  // ZeroMQ takes zero for "no limit", which is the one thing that a limit must not mean.
  if (limits.high_water_mark < 1) return TransportError{"the limit high_water_mark must be 1 or more in cluster.toml"};
  if (limits.replica_message_bytes < 1 || limits.client_message_bytes < 1) {
    return TransportError{"the limits of message bytes must be 1 or more in cluster.toml"};
  }
  if (limits.handshake_ms < 1 || limits.linger_ms < 0) {
    return TransportError{
        "the limits handshake_ms and linger_ms must not be negative, nor handshake_ms zero, in cluster.toml"};
  }
  return std::nullopt;
}

void set_limits(zmq::socket_t& socket, const TransportLimits& limits, std::int64_t max_bytes,
                std::int64_t inbound_bytes) {
  set_common_limits(socket, limits);
  const std::int64_t mark = std::clamp<std::int64_t>(inbound_bytes / max_bytes, 1, limits.high_water_mark);
  socket.set(zmq::sockopt::rcvhwm, static_cast<int>(mark));
  socket.set(zmq::sockopt::maxmsgsize, max_bytes + kPackOverheadBytes + kCurveOverheadBytes);
}

void set_send_only_limits(zmq::socket_t& socket, const TransportLimits& limits) {
  set_common_limits(socket, limits);
  socket.set(zmq::sockopt::rcvhwm, 1);
  socket.set(zmq::sockopt::maxmsgsize, kHandshakeBytes);
}

void set_curve_server(zmq::socket_t& socket, const CurveKeyPair& keys, const char* zap_domain) {
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_publickey, buffer_of(keys.public_key.view()));
  socket.set(zmq::sockopt::curve_secretkey, buffer_of(keys.secret_key.view()));
  socket.set(zmq::sockopt::zap_domain, zap_domain);
}

void set_curve_client(zmq::socket_t& socket, const CurveKeyPair& keys, const CurvePublicKey& server) {
  socket.set(zmq::sockopt::curve_publickey, buffer_of(keys.public_key.view()));
  socket.set(zmq::sockopt::curve_secretkey, buffer_of(keys.secret_key.view()));
  socket.set(zmq::sockopt::curve_serverkey, buffer_of(server.view()));
}

void set_reconnect(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::connect_timeout, kConnectTimeoutMs);
}

bool receive(zmq::socket_t& socket, zmq::message_t& part) {
  return uninterrupted([&] { return zmq_msg_recv(part.handle(), socket.handle(), ZMQ_DONTWAIT); }) >= 0;
}

void drop_other_parts(zmq::socket_t& socket, zmq::message_t& part) {
  // ZeroMQ hands over a message only when all its parts are there, so that this ends with the message.
  while (part.more() && receive(socket, part)) {
  }
}

bool send_part(zmq::socket_t& socket, ByteView bytes, bool more) {
  zmq::message_t part(bytes.data(), bytes.size());
  const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  return uninterrupted([&] { return zmq_msg_send(part.handle(), socket.handle(), flags); }) >= 0;
}

ByteView bytes_of(const zmq::message_t& part) { return {static_cast<const std::uint8_t*>(part.data()), part.size()}; }

std::string bind_address(const std::string& endpoint) {
  constexpr std::string_view kScheme = "tcp://";
  const std::size_t colon = endpoint.rfind(':');
  if (!endpoint.starts_with(kScheme) || colon < kScheme.size()) return endpoint;  // bind names what is wrong with it
  const std::string host = endpoint.substr(kScheme.size(), colon - kScheme.size());
  const std::string port = endpoint.substr(colon);
  in_addr address;
  if (host == "*" || inet_pton(AF_INET, host.c_str(), &address) == 1) return endpoint;
  return std::string(kScheme) + (host == "localhost" ? "127.0.0.1" : "0.0.0.0") + port;
}

TransportError listen_error(const std::string& endpoint, const zmq::error_t& error) {
  return {"cannot listen on " + endpoint + ": " + error.what() + "; " + mend_of(error.num())};
}

TransportError connect_error(const std::string& endpoint, const zmq::error_t& error) {
  return {"cannot connect to " + endpoint + ": " + error.what() +
          "; give it as tcp://host:port, with the host and port of cluster.toml"};
}

}  // namespace breakwater

// Two replicas' transports over 127.0.0.1, honest clients, and sockets made by hand.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "net/frame_pack.hpp"
#include "net/transport.hpp"

namespace breakwater::testing {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

inline constexpr auto kPatience = 60s;  // for a condition that must come true; never waited out by a correct transport

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A TCP socket of the test's own; closed at the end of its scope.
class TcpSocket {
 public:
  TcpSocket() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) { BOOST_REQUIRE(fd_ >= 0); }
  ~TcpSocket() { ::close(fd_); }
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;

  int bind_free_port() {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
  }
  void listen() { BOOST_REQUIRE(::listen(fd_, 1) == 0); }
  void connect(int port) {
    const sockaddr_in address = loopback(port);
    BOOST_REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  void send(ByteView bytes) { static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)); }

 private:
  int fd_;
};

inline std::string endpoint(int port) { return "tcp://127.0.0.1:" + std::to_string(port); }

// Ports that were free a moment ago. Another program may take one before us: open_group tries again.
inline std::vector<int> free_ports(std::size_t count) {
  std::vector<TcpSocket> held(count);
  std::vector<int> ports;
  for (TcpSocket& socket : held) ports.push_back(socket.bind_free_port());
  return ports;
}

struct Received {
  std::uint32_t from;
  Bytes frame;
  ClientRoute route;  // of a client's frame
};

struct Node {
  ReplicaTransportConfig config;
  int replica_port = 0, client_port = 0;
  std::unique_ptr<ReplicaTransport> transport;
  std::vector<Received> from_replicas, from_clients;

  std::size_t poll(std::chrono::milliseconds timeout, std::size_t max_frames = 64) {
    return transport->poll(
        timeout, max_frames,
        [&](FromReplica from, ByteView frame) {
          from_replicas.push_back({from.replica.value, Bytes(frame.begin(), frame.end()), {}});
        },
        [&](const FromClient& from, ByteView frame) {
          from_clients.push_back({from.client.value, Bytes(frame.begin(), frame.end()), from.route});
        });
  }
  bool heard_client(std::string_view text) const { return heard(from_clients, text); }
  bool heard_replica(std::string_view text) const { return heard(from_replicas, text); }

 private:
  static bool heard(const std::vector<Received>& list, std::string_view text) {
    return std::ranges::any_of(list, [&](const Received& item) { return as_text(item.frame) == text; });
  }
};

// Two replicas that know each other and the clients 10 and 11.
struct Group {
  CurveKeyPair client_keys[2] = {new_curve_key_pair(), new_curve_key_pair()};
  Node nodes[2];

  explicit Group(int handshake_ms = TransportLimits{}.handshake_ms) : handshake_ms_(handshake_ms) {
    for (int attempt = 0; attempt < 20 && !open(); ++attempt) {
    }
    BOOST_REQUIRE(nodes[0].transport && nodes[1].transport);
  }

  bool open() {
    const std::vector<int> ports = free_ports(4);
    for (std::uint32_t id = 0; id < 2; ++id) {
      Node& node = nodes[id];
      node.replica_port = ports[2 * id];
      node.client_port = ports[2 * id + 1];
      node.config = {};
      node.config.self = ReplicaId(id);
      node.config.keys = new_curve_key_pair();
      node.config.bind_replicas = endpoint(node.replica_port);
      node.config.bind_clients = endpoint(node.client_port);
      node.config.limits.client_message_bytes = 64 << 10;
      node.config.limits.handshake_ms = handshake_ms_;
      node.config.clients = {{ClientId(10), client_keys[0].public_key}, {ClientId(11), client_keys[1].public_key}};
    }
    for (std::uint32_t id = 0; id < 2; ++id) {
      const Node& other = nodes[1 - id];
      nodes[id].config.peers = {{ReplicaId(1 - id), {endpoint(other.replica_port), other.config.keys.public_key}}};
    }
    return start(0) && start(1);
  }

  bool start(std::size_t id) {
    auto opened = ReplicaTransport::open(nodes[id].config);
    if (!opened) return false;
    nodes[id].transport = std::move(*opened);
    return true;
  }

  // A client that talks to replica 0, at the port that `port` names.
  std::unique_ptr<ClientTransport> client(const CurveKeyPair& keys, int port, TransportLimits limits = {}) {
    ClientTransportConfig config;
    config.keys = keys;
    config.servers = {{ReplicaId(0), {endpoint(port), nodes[0].config.keys.public_key}}};
    config.limits = limits;
    auto opened = ClientTransport::open(std::move(config));
    BOOST_REQUIRE(opened.has_value());
    return std::move(*opened);
  }

  // Polls both replicas, and does `again`, until `done`. The transport may drop anything, so that `again` sends again.
  template <class Done, class Again>
  bool until(const Done& done, const Again& again) {
    const auto deadline = Clock::now() + kPatience;
    while (!done()) {
      if (Clock::now() > deadline) return false;
      again();
      for (Node& node : nodes) {
        if (node.transport) node.poll(5ms);
      }
    }
    return true;
  }
  template <class Done>
  bool until(const Done& done) {
    return until(done, [] {});
  }

  // An honest client still gets a frame through to replica 0, and its answer back; so does replica 1.
  void check_still_works() {
    const auto honest = client(client_keys[1], nodes[0].client_port);
    nodes[0].from_clients.clear();
    nodes[0].from_replicas.clear();
    std::size_t answered = 0, heard = 0;
    const auto again = [&] {
      honest->send(ReplicaId(0), as_bytes("still there?"));
      nodes[1].transport->send(ReplicaId(0), as_bytes("vote"));
      for (; answered < nodes[0].from_clients.size(); ++answered) {
        nodes[0].transport->reply(nodes[0].from_clients[answered].route, as_bytes("yes"));
      }
      honest->poll(1ms, [&](ReplicaId, ByteView frame) { heard += as_text(frame) == "yes"; });
    };
    BOOST_TEST(until([&] { return heard > 0 && nodes[0].heard_replica("vote"); }, again));
  }

 private:
  int handshake_ms_;
};

// Sends what a client has sent, without waiting for an answer.
inline void let_go(ClientTransport& client) {
  client.poll(0ms, [](ReplicaId, ByteView) {});
}

// A DEALER made by hand, for what our own transport cannot be made to do.
class RawDealer {
 public:
  RawDealer() : context_(zmq_ctx_new()), socket_(zmq_socket(context_, ZMQ_DEALER)) {
    const int linger = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof(linger));
  }
  ~RawDealer() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  RawDealer(const RawDealer&) = delete;
  RawDealer& operator=(const RawDealer&) = delete;

  void use_curve(const CurveKeyPair& keys, const CurvePublicKey& server) {
    set(ZMQ_CURVE_PUBLICKEY, keys.public_key.view());
    set(ZMQ_CURVE_SECRETKEY, keys.secret_key.view());
    set(ZMQ_CURVE_SERVERKEY, server.view());
  }
  void claim_routing_id(std::string_view id) { set(ZMQ_ROUTING_ID, as_bytes(id)); }
  void connect(int port) { BOOST_REQUIRE(zmq_connect(socket_, endpoint(port).c_str()) == 0); }
  void send(std::initializer_list<std::string_view> parts) {
    for (const std::string_view& part : parts) {
      const int more = &part + 1 == parts.end() ? 0 : ZMQ_SNDMORE;
      if (zmq_send(socket_, part.data(), part.size(), ZMQ_DONTWAIT | more) < 0) return;
    }
  }
  void send_frame(std::string_view frame) {
    FramePack pack(1 << 20);
    pack.add(as_bytes(frame));
    send({as_text(pack.bytes())});
  }
  std::string receive() {
    alignas(8) std::uint8_t bytes[128];
    const int size = zmq_recv(socket_, bytes, sizeof(bytes), ZMQ_DONTWAIT);
    if (size < 0) return {};
    const auto frames = unpack_frames({bytes, std::min(sizeof bytes, static_cast<std::size_t>(size))});
    return frames ? std::string(as_text(frames->front())) : std::string();
  }

 private:
  void set(int option, ByteView value) {
    BOOST_REQUIRE(zmq_setsockopt(socket_, option, value.data(), value.size()) == 0);
  }
  void* context_;
  void* socket_;
};

}  // namespace breakwater::testing

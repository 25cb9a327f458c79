// ZeroMQ sockets of a replica and of a client: CURVE, an allow-list, finite marks and sizes. Lossy by contract.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"

namespace breakwater {

// CURVE keys as ZeroMQ writes them in binary: 32 bytes each.
using CurvePublicKey = FixedBytes<struct CurvePublicTag, 32>;
using CurveSecretKey = FixedBytes<struct CurveSecretTag, 32>;
struct CurveKeyPair {
  CurvePublicKey public_key;
  CurveSecretKey secret_key;
};
CurveKeyPair new_curve_key_pair();  // for `init` and `rejoin` only
CurvePublicKey curve_public_key(const CurveSecretKey& secret);

// An error of the environment (a port in use, a bad address) in one line that names the thing and the mend.
struct TransportError {
  std::string message;
};

struct TransportLimits {
  int high_water_mark = 4096;  // messages per peer and direction; beyond it they are dropped
  std::int64_t replica_message_bytes = 16 << 20;
  std::int64_t client_message_bytes = 512 << 10;
  int handshake_ms = 5000;
  int linger_ms = 200;
};

// What a frame came with: who the CURVE key says the sender is. A routing id is never trusted, only answered to.
struct FromReplica {
  ReplicaId replica;
};
struct ClientRoute {
  Bytes routing_id;
};
struct FromClient {
  ClientId client;
  ClientRoute route;
};

// Counted reasons why the gate dropped a frame or a connection before decoding.
struct TransportCounters {
  std::uint64_t frames_in = 0, frames_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t parts_in = 0, parts_out = 0;  // what those frames travelled in, several in one
  std::uint64_t refused_handshakes = 0;       // keys that are not in the roster
  std::uint64_t malformed_frames = 0;         // wrong part count, no identity, not a pack of frames
  std::uint64_t dropped_sends = 0;            // peer unroutable or at its mark
};

struct ReplicaTransportConfig {
  ReplicaId self;
  CurveKeyPair keys;
  // "tcp://host:port". A host given by name is listened for on every IPv4 interface (`localhost`: on 127.0.0.1 only).
  std::string bind_replicas;
  std::string bind_clients;
  struct Peer {
    std::string endpoint;
    CurvePublicKey key;
  };
  std::map<ReplicaId, Peer> peers;             // all others
  std::map<ClientId, CurvePublicKey> clients;  // who may connect to the client port
  TransportLimits limits;
};

// One thread. Sends never block: a frame for a peer that is not connected, or at its mark, is dropped and counted. What
// goes to one receiver travels together: it leaves with the next flush() or poll().
// Handshakes are answered inside `poll` only, so that a caller must come back to it within the handshake time-out.
class ReplicaTransport {
 public:
  static std::expected<std::unique_ptr<ReplicaTransport>, TransportError> open(ReplicaTransportConfig config);
  virtual ~ReplicaTransport() = default;

  virtual void send(ReplicaId to, ByteView frame) = 0;
  virtual void reply(const ClientRoute& route, ByteView frame) = 0;
  // Whoever is about to block for anything but poll() lets go of what he has sent.
  virtual void flush() = 0;

  using ReplicaHandler = std::function<void(FromReplica, ByteView frame)>;
  using ClientHandler = std::function<void(const FromClient&, ByteView frame)>;
  // Waits until something arrives, `wake_fd` becomes readable, a signal comes or `timeout` passes; then hands over what
  // is there, from each socket (replicas first) until `max_frames` are reached, with those that travelled together, and
  // returns how many frames it handed over. A frame is valid during its call only.
  virtual std::size_t poll(std::chrono::milliseconds timeout, std::size_t max_frames, const ReplicaHandler& on_replica,
                           const ClientHandler& on_client) = 0;
  // A descriptor that also wakes poll (an eventfd of the verification pool); -1 for none. Not read here.
  virtual void watch(int wake_fd) = 0;
  virtual const TransportCounters& counters() const = 0;
  // The peer has another key from now on: its old one is not admitted any more, and what is sent to it goes to the new
  // one. Unless the key is somebody else's, or this replica itself is meant: then nothing changes.
  virtual void change_key(ReplicaId peer, const CurvePublicKey& key) = 0;
};

// The I/O thread of client transports. Several clients of one process share one.
class ClientIo;
std::shared_ptr<ClientIo> make_client_io();

struct ClientTransportConfig {
  std::shared_ptr<ClientIo> io;  // null: a thread of its own
  CurveKeyPair keys;
  struct Server {
    std::string endpoint;
    CurvePublicKey key;
  };
  std::map<ReplicaId, Server> servers;
  TransportLimits limits;
};

// A client's connections to every replica's client port. One thread. Sends never block: a frame for a replica that is
// not connected waits for it, up to the mark; one above `client_message_bytes` is dropped. What goes to one replica
// travels together: it leaves with the next wait_any() or poll().
class ClientTransport {
 public:
  static std::expected<std::unique_ptr<ClientTransport>, TransportError> open(ClientTransportConfig config);
  virtual ~ClientTransport() = default;
  // Waits until one of `transports` may have input, or `timeout` passes; returns those that may. All come from open(),
  // with one ClientIo.
  static std::vector<ClientTransport*> wait_any(const std::vector<ClientTransport*>& transports,
                                                std::chrono::milliseconds timeout);
  virtual void send(ReplicaId to, ByteView frame) = 0;
  // As above; the CURVE server key of the connection names the replica.
  virtual std::size_t poll(std::chrono::milliseconds timeout,
                           const std::function<void(ReplicaId, ByteView frame)>& on_frame) = 0;
};

}  // namespace breakwater

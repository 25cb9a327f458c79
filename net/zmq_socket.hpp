// Small helpers over ZeroMQ sockets. Internal to net/; zmq.hpp itself is included by .cpp files only.
#pragma once

#include <string>

#include "net/transport.hpp"

namespace zmq {
class context_t;
class error_t;
class message_t;
class socket_t;
}  // namespace zmq

namespace breakwater {

// What CURVE, and a pack of one, add to a frame on the wire; the size limits are of our frames.
inline constexpr std::int64_t kCurveOverheadBytes = 64;
inline constexpr std::int64_t kPackOverheadBytes = 16;
// What is wrong with `limits`, if anything: to be asked before the functions below.
std::optional<TransportError> limits_error(const TransportLimits& limits);

// Memory that the unread frames of one connection may take. Beyond it ZeroMQ stops reading from that connection, and
// TCP pushes back on its sender: nothing is lost by it.
inline constexpr std::int64_t kReplicaInboundBytes = 512ll << 20;
inline constexpr std::int64_t kClientInboundBytes = 64ll << 20;

// Sizes, marks and time-outs of one socket that sends and receives. `max_bytes`: the largest frame that it accepts; a
// peer that sends a larger one is disconnected. `inbound_bytes`: one of the budgets above.
void set_limits(zmq::socket_t& socket, const TransportLimits& limits, std::int64_t max_bytes,
                std::int64_t inbound_bytes);
// The same of a socket that only sends: a peer that talks back gets no memory of ours.
void set_send_only_limits(zmq::socket_t& socket, const TransportLimits& limits);
void set_curve_server(zmq::socket_t& socket, const CurveKeyPair& keys, const char* zap_domain);
void set_curve_client(zmq::socket_t& socket, const CurveKeyPair& keys, const CurvePublicKey& server);
// Connecting: how fast a lost connection is noticed and tried again.
void set_reconnect(zmq::socket_t& socket);

// One part, if one is there. Never blocks, never throws; a signal does not interrupt it.
bool receive(zmq::socket_t& socket, zmq::message_t& part);
// After a part that has more: reads and drops the others of that message.
void drop_other_parts(zmq::socket_t& socket, zmq::message_t& part);
// Never blocks. False when the peer is not connected, unknown, or at its mark.
bool send_part(zmq::socket_t& socket, ByteView bytes, bool more);
ByteView bytes_of(const zmq::message_t& part);

// Where to listen: ZeroMQ binds to addresses, not names. For a host given by name, every IPv4 interface.
std::string bind_address(const std::string& endpoint);
TransportError listen_error(const std::string& endpoint, const zmq::error_t& error);
TransportError connect_error(const std::string& endpoint, const zmq::error_t& error);

}  // namespace breakwater

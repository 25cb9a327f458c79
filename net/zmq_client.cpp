// A client's sockets: one DEALER to the client port of each replica.
#include <algorithm>
#include <zmq.hpp>

#include "net/zmq_socket.hpp"

namespace breakwater {

class ClientIo {
 public:
  zmq::context_t context{1};
};
std::shared_ptr<ClientIo> make_client_io() { return std::make_shared<ClientIo>(); }

namespace {

// Requests waiting for a replica that is not connected: they go out when it is.
constexpr int kRequestsPerReplica = 512;
// Of one replica in one poll, so that a flooding one does not hide the others' answers.
constexpr std::size_t kFramesPerPoll = 256;

class ZmqClientTransport final : public ClientTransport {
 public:
  explicit ZmqClientTransport(ClientTransportConfig config)
      : config_(std::move(config)), io_(config_.io != nullptr ? config_.io : make_client_io()) {}

  std::optional<TransportError> start();
  void send(ReplicaId to, ByteView frame) override;
  std::size_t poll(std::chrono::milliseconds timeout,
                   const std::function<void(ReplicaId, ByteView frame)>& on_frame) override;
  void add_poll_items(std::vector<zmq_pollitem_t>& items) {
    for (auto& [id, dealer] : servers_) items.push_back({dealer.handle(), 0, ZMQ_POLLIN, 0});
  }

 private:
  std::size_t hand_over(ReplicaId from, zmq::socket_t& dealer,
                        const std::function<void(ReplicaId, ByteView frame)>& on_frame);

  ClientTransportConfig config_;
  std::shared_ptr<ClientIo> io_;  // outlives every socket below
  std::vector<std::pair<ReplicaId, zmq::socket_t>> servers_;
};

std::optional<TransportError> ZmqClientTransport::start() {
  TransportLimits limits = config_.limits;
  limits.linger_ms = 0;  // a client leaves when it has its answers or has given up
  limits.high_water_mark = std::min(limits.high_water_mark, kRequestsPerReplica);
  for (const auto& [id, server] : config_.servers) {
    zmq::socket_t dealer(io_->context, zmq::socket_type::dealer);
    set_limits(dealer, limits, limits.replica_message_bytes, kReplicaInboundBytes);  // answers may be large
    set_curve_client(dealer, config_.keys, server.key);
    set_reconnect(dealer);
    try {
      dealer.connect(server.endpoint);
    } catch (const zmq::error_t& error) {
      return connect_error(server.endpoint, error);
    }
    servers_.emplace_back(id, std::move(dealer));
  }
  return std::nullopt;
}

void ZmqClientTransport::send(ReplicaId to, ByteView frame) {
  if (static_cast<std::int64_t>(frame.size()) > config_.limits.client_message_bytes) return;
  for (auto& [id, dealer] : servers_) {
    if (id == to) send_part(dealer, frame, false);
  }
}

std::size_t ZmqClientTransport::hand_over(ReplicaId from, zmq::socket_t& dealer,
                                          const std::function<void(ReplicaId, ByteView frame)>& on_frame) {
  std::size_t handed_over = 0;
  zmq::message_t payload;
  for (std::size_t i = 0; i < kFramesPerPoll && receive(dealer, payload); ++i) {
    if (payload.more()) {
      drop_other_parts(dealer, payload);
      continue;
    }
    ++handed_over;
    on_frame(from, bytes_of(payload));
  }
  return handed_over;
}

std::size_t ZmqClientTransport::poll(std::chrono::milliseconds timeout,
                                     const std::function<void(ReplicaId, ByteView frame)>& on_frame) {
  std::vector<zmq_pollitem_t> items;
  add_poll_items(items);
  const long wait_ms = std::max<long>(0, static_cast<long>(timeout.count()));
  if (zmq_poll(items.data(), static_cast<int>(items.size()), wait_ms) < 0) return 0;
  std::size_t handed_over = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].revents != 0) handed_over += hand_over(servers_[i].first, servers_[i].second, on_frame);
  }
  return handed_over;
}

}  // namespace

void ClientTransport::wait_any(const std::vector<ClientTransport*>& transports, std::chrono::milliseconds timeout) {
  std::vector<zmq_pollitem_t> items;
  for (ClientTransport* transport : transports) static_cast<ZmqClientTransport*>(transport)->add_poll_items(items);
  zmq_poll(items.data(), static_cast<int>(items.size()), std::max<long>(0, static_cast<long>(timeout.count())));
}

std::expected<std::unique_ptr<ClientTransport>, TransportError> ClientTransport::open(ClientTransportConfig config) {
  if (auto error = limits_error(config.limits)) return std::unexpected(std::move(*error));
  try {
    auto transport = std::make_unique<ZmqClientTransport>(std::move(config));
    if (auto error = transport->start()) return std::unexpected(std::move(*error));
    return transport;
  } catch (const zmq::error_t& error) {
    return std::unexpected(TransportError{std::string("cannot set up ZeroMQ: ") + error.what() +
                                          "; check the limits in cluster.toml and the open-file limit (ulimit -n)"});
  }
}

}  // namespace breakwater

// A client's sockets: one DEALER to the client port of each replica.
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <zmq.hpp>

#include "net/frame_pack.hpp"
#include "net/zmq_socket.hpp"
#include "replication/assert.hpp"

namespace breakwater {

namespace {

// One DEALER, and what waits to be sent on it. `may_have_input` from when ZeroMQ's descriptor says so, or after a send
// (which may take in what arrived without the descriptor telling again), until a receive came back empty.
struct Server {
  ReplicaId id;
  zmq::socket_t dealer;
  FramePack waiting;
  bool may_have_input = true;

  void send_pack() {
    send_part(dealer, waiting.bytes(), false);
    waiting.clear();
    may_have_input = true;
  }
};

}  // namespace

// ZeroMQ's own poll asks every socket in turn; with hundreds of desks in one process that is most of their cost.
class ClientIo {
 public:
  ClientIo() : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) { BW_ASSERT(epoll_fd_ >= 0); }
  ~ClientIo() { ::close(epoll_fd_); }
  ClientIo(const ClientIo&) = delete;
  ClientIo& operator=(const ClientIo&) = delete;

  // `server` stays where it is until remove().
  void add(Server& server) {
    // Edge-triggered: a client that nobody polls just now must not wake the others for ever.
    epoll_event event{EPOLLIN | EPOLLET, {.ptr = &server}};
    BW_ASSERT(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, server.dealer.get(zmq::sockopt::fd), &event) == 0);
  }
  void remove(Server& server) { ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, server.dealer.get(zmq::sockopt::fd), nullptr); }
  // Marks the servers that may have input, waiting for one at most `timeout`.
  void wait(std::chrono::milliseconds timeout) {
    std::array<epoll_event, 256> events;
    const int wait_ms = static_cast<int>(std::max<std::int64_t>(0, timeout.count()));
    const int count = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      static_cast<Server*>(events[static_cast<std::size_t>(i)].data.ptr)->may_have_input = true;
    }
  }

  zmq::context_t context{1};

 private:
  int epoll_fd_;
};
std::shared_ptr<ClientIo> make_client_io() { return std::make_shared<ClientIo>(); }

namespace {

// Requests waiting for a replica that is not connected: they go out when it is.
constexpr int kRequestsPerReplica = 512;
// Of one replica in one poll, so that a flooding one does not hide the others' answers.
constexpr std::size_t kFramesPerPoll = 256;
constexpr std::size_t kPartsPerPoll = 256;

class ZmqClientTransport final : public ClientTransport {
 public:
  explicit ZmqClientTransport(ClientTransportConfig config)
      : config_(std::move(config)), io_(config_.io != nullptr ? config_.io : make_client_io()) {}
  ~ZmqClientTransport() override {
    for (const auto& server : servers_) io_->remove(*server);
  }

  std::optional<TransportError> start();
  void send(ReplicaId to, ByteView frame) override;
  std::size_t poll(std::chrono::milliseconds timeout,
                   const std::function<void(ReplicaId, ByteView frame)>& on_frame) override;
  void flush() {
    if (!is_waiting_) return;
    is_waiting_ = false;
    for (const auto& server : servers_) {
      if (!server->waiting.empty()) server->send_pack();
    }
  }
  bool may_have_input() const {
    return std::ranges::any_of(servers_, [](const auto& server) { return server->may_have_input; });
  }
  ClientIo& io() { return *io_; }

 private:
  std::size_t hand_over(Server& server, const std::function<void(ReplicaId, ByteView frame)>& on_frame);

  ClientTransportConfig config_;
  std::shared_ptr<ClientIo> io_;  // outlives every socket below
  std::vector<std::unique_ptr<Server>> servers_;
  bool is_waiting_ = false;  // something, on one of them
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
    servers_.push_back(std::make_unique<Server>(id, std::move(dealer), FramePack(config_.limits.client_message_bytes)));
    io_->add(*servers_.back());
  }
  return std::nullopt;
}

void ZmqClientTransport::send(ReplicaId to, ByteView frame) {
  if (static_cast<std::int64_t>(frame.size()) > config_.limits.client_message_bytes) return;
  for (const auto& server : servers_) {
    if (server->id != to) continue;
    if (!server->waiting.has_room(frame)) server->send_pack();
    server->waiting.add(frame);
    is_waiting_ = true;
  }
}

std::size_t ZmqClientTransport::hand_over(Server& server,
                                          const std::function<void(ReplicaId, ByteView frame)>& on_frame) {
  std::size_t handed_over = 0;
  zmq::message_t payload;
  for (std::size_t parts = 0; parts < kPartsPerPoll && handed_over < kFramesPerPoll; ++parts) {
    if (!receive(server.dealer, payload)) {
      server.may_have_input = false;
      break;
    }
    if (payload.more()) {
      drop_other_parts(server.dealer, payload);
      continue;
    }
    const auto frames = unpack_frames(bytes_of(payload));
    if (!frames) continue;  // a replica that talks nonsense has no voice
    handed_over += frames->size();
    for (const ByteView frame : *frames) on_frame(server.id, frame);
  }
  return handed_over;
}

std::size_t ZmqClientTransport::poll(std::chrono::milliseconds timeout,
                                     const std::function<void(ReplicaId, ByteView frame)>& on_frame) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  flush();
  for (;;) {
    std::size_t handed_over = 0;
    for (const auto& server : servers_) {
      if (server->may_have_input) handed_over += hand_over(*server, on_frame);
    }
    const auto now = std::chrono::steady_clock::now();
    if (handed_over > 0 || now >= deadline) return handed_over;
    io_->wait(std::chrono::ceil<std::chrono::milliseconds>(deadline - now));
  }
}

}  // namespace

std::vector<ClientTransport*> ClientTransport::wait_any(const std::vector<ClientTransport*>& transports,
                                                        std::chrono::milliseconds timeout) {
  const auto with_input = [&] {
    std::vector<ClientTransport*> found;
    for (ClientTransport* transport : transports) {
      if (static_cast<ZmqClientTransport*>(transport)->may_have_input()) found.push_back(transport);
    }
    return found;
  };
  for (ClientTransport* transport : transports) static_cast<ZmqClientTransport*>(transport)->flush();
  std::vector<ClientTransport*> found = with_input();
  if (!found.empty() || transports.empty()) return found;
  static_cast<ZmqClientTransport*>(transports.front())->io().wait(timeout);
  return with_input();
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

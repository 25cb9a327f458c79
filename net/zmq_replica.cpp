// A replica's sockets: one ROUTER that replicas send to, one that clients talk to, one DEALER to each peer.
#include <poll.h>

#include <algorithm>
#include <zmq.hpp>

#include "net/frame_pack.hpp"
#include "net/zmq_socket.hpp"
#include "net/zmq_zap.hpp"

namespace breakwater {

namespace {

using Clock = std::chrono::steady_clock;

// Answers waiting for one client. A client has few outstanding requests; one that does not read loses answers.
constexpr int kAnswersPerClient = 512;

ZapHandler::Admitted keys_of(const std::map<ReplicaId, ReplicaTransportConfig::Peer>& peers) {
  ZapHandler::Admitted keys;
  for (const auto& [id, peer] : peers) keys.emplace(peer.key, id.value);
  return keys;
}

ZapHandler::Admitted keys_of(const std::map<ClientId, CurvePublicKey>& clients) {
  ZapHandler::Admitted keys;
  for (const auto& [id, key] : clients) keys.emplace(key, id.value);
  return keys;
}

class ZmqReplicaTransport final : public ReplicaTransport {
 public:
  explicit ZmqReplicaTransport(ReplicaTransportConfig config)
      : config_(std::move(config)),
        context_(1),
        zap_(context_, keys_of(config_.peers), keys_of(config_.clients)),
        replicas_{zmq::socket_t(context_, zmq::socket_type::router)},
        clients_{zmq::socket_t(context_, zmq::socket_type::router)} {}

  std::optional<TransportError> start();

  void send(ReplicaId to, ByteView frame) override;
  void reply(const ClientRoute& route, ByteView frame) override;
  void flush() override;
  std::size_t poll(std::chrono::milliseconds timeout, std::size_t max_frames, const ReplicaHandler& on_replica,
                   const ClientHandler& on_client) override;
  void watch(int wake_fd) override {
    watched_.resize(kOwnDescriptors);
    if (wake_fd >= 0) watched_.push_back({wake_fd, POLLIN, 0});
  }
  const TransportCounters& counters() const override { return counters_; }
  void change_key(ReplicaId peer, const CurvePublicKey& key) override;

 private:
  void set_options();
  std::optional<TransportError> listen(zmq::socket_t& router, const std::string& endpoint);
  std::optional<TransportError> connect(ReplicaId id, const ReplicaTransportConfig::Peer& peer);
  // A socket that is received from. `may_have_input` from when ZeroMQ's descriptor says so, or after a send on it
  // (which may take in what arrived without the descriptor telling again), until a receive came back empty: each of
  // those costs two system calls.
  struct Input {
    zmq::socket_t socket;
    bool may_have_input = true;
  };
  struct Peer {
    zmq::socket_t dealer;
    FramePack waiting;
  };

  template <class Deliver>
  std::size_t hand_over(Input& input, std::size_t max_frames, const Deliver& deliver);
  void send_pack(Peer& peer);
  void send_pack(const Bytes& routing_id, FramePack& pack);
  void count_sent(bool sent, const FramePack& pack);

  ReplicaTransportConfig config_;
  zmq::context_t context_;  // outlives every socket below
  ZapHandler zap_;
  Input replicas_;
  Input clients_;
  std::map<ReplicaId, Peer> peers_;
  std::map<Bytes, FramePack> answers_;  // waiting, by routing id; those of the last flush are kept for their memory
  bool zap_has_news_ = false;
  static constexpr std::size_t kOwnDescriptors = 3;
  std::vector<pollfd> watched_;  // those of zap_, replicas_ and clients_, then the caller's
  TransportCounters counters_;
};

std::optional<TransportError> ZmqReplicaTransport::start() {
  set_options();
  if (auto error = listen(replicas_.socket, config_.bind_replicas)) return error;
  if (auto error = listen(clients_.socket, config_.bind_clients)) return error;
  for (const auto& [id, peer] : config_.peers) {
    if (auto error = connect(id, peer)) return error;
  }
  for (zmq::socket_t* socket : {&zap_.socket(), &replicas_.socket, &clients_.socket}) {
    watched_.push_back({socket->get(zmq::sockopt::fd), POLLIN, 0});
  }
  return std::nullopt;
}

void ZmqReplicaTransport::set_options() {
  const TransportLimits& limits = config_.limits;
  set_limits(replicas_.socket, limits, limits.replica_message_bytes, kReplicaInboundBytes);
  set_curve_server(replicas_.socket, config_.keys, kReplicaDomain);
  set_limits(clients_.socket, limits, limits.client_message_bytes, kClientInboundBytes);
  set_curve_server(clients_.socket, config_.keys, kClientDomain);
  clients_.socket.set(zmq::sockopt::sndhwm, std::min(limits.high_water_mark, kAnswersPerClient));
  // An answer that cannot be delivered is counted, not lost in silence.
  clients_.socket.set(zmq::sockopt::router_mandatory, true);
  // A second connection that claims the routing id of a first does not take it over.
  for (zmq::socket_t* router : {&replicas_.socket, &clients_.socket}) router->set(zmq::sockopt::router_handover, false);
}

std::optional<TransportError> ZmqReplicaTransport::listen(zmq::socket_t& router, const std::string& endpoint) {
  try {
    router.bind(bind_address(endpoint));
  } catch (const zmq::error_t& error) {
    return listen_error(endpoint, error);
  }
  return std::nullopt;
}

std::optional<TransportError> ZmqReplicaTransport::connect(ReplicaId id, const ReplicaTransportConfig::Peer& peer) {
  zmq::socket_t dealer(context_, zmq::socket_type::dealer);
  set_send_only_limits(dealer, config_.limits);
  set_curve_client(dealer, config_.keys, peer.key);
  set_reconnect(dealer);
  // Nothing queues for a peer that is not there: the protocol sends again what its state then needs.
  dealer.set(zmq::sockopt::immediate, true);
  try {
    dealer.connect(peer.endpoint);
  } catch (const zmq::error_t& error) {
    return connect_error(peer.endpoint, error);
  }
  peers_.emplace(id, Peer{std::move(dealer), FramePack(config_.limits.replica_message_bytes)});
  return std::nullopt;
}

void ZmqReplicaTransport::change_key(ReplicaId id, const CurvePublicKey& key) {
  const auto peer = config_.peers.find(id);
  if (peer == config_.peers.end() || peer->second.key == key || !zap_.change_replica(id.value, key)) return;
  peer->second.key = key;
  peers_.erase(id);
  // Its address did not change: it was good before.
  static_cast<void>(connect(id, peer->second));
}

void ZmqReplicaTransport::count_sent(bool sent, const FramePack& pack) {
  if (!sent) {
    counters_.dropped_sends += pack.frames();
    return;
  }
  ++counters_.parts_out;
  counters_.frames_out += pack.frames();
  counters_.bytes_out += pack.bytes().size();
}

void ZmqReplicaTransport::send_pack(Peer& peer) {
  count_sent(send_part(peer.dealer, peer.waiting.bytes(), false), peer.waiting);
  peer.waiting.clear();
}

void ZmqReplicaTransport::send_pack(const Bytes& routing_id, FramePack& pack) {
  // Once ZeroMQ takes the routing id it also takes the payload: it finds room before it says yes.
  const bool routed = send_part(clients_.socket, routing_id, true);
  count_sent(routed && send_part(clients_.socket, pack.bytes(), false), pack);
  clients_.may_have_input = true;
  pack.clear();
}

void ZmqReplicaTransport::send(ReplicaId to, ByteView frame) {
  const auto peer = peers_.find(to);
  // A frame above the limit would only make the peer cut the connection, and lose what else is queued on it.
  if (peer == peers_.end() || static_cast<std::int64_t>(frame.size()) > config_.limits.replica_message_bytes) {
    ++counters_.dropped_sends;
    return;
  }
  if (!peer->second.waiting.has_room(frame)) send_pack(peer->second);
  peer->second.waiting.add(frame);
}

void ZmqReplicaTransport::reply(const ClientRoute& route, ByteView frame) {
  if (route.routing_id.empty()) {
    ++counters_.dropped_sends;
    return;
  }
  FramePack& pack = answers_.try_emplace(route.routing_id, config_.limits.replica_message_bytes).first->second;
  if (!pack.has_room(frame)) send_pack(route.routing_id, pack);
  pack.add(frame);
}

void ZmqReplicaTransport::flush() {
  for (auto& [id, peer] : peers_) {
    if (!peer.waiting.empty()) send_pack(peer);
  }
  // A connection that got nothing since the last flush is forgotten: there may be many over the years.
  std::erase_if(answers_, [](const auto& answer) { return answer.second.empty(); });
  for (auto& [routing_id, pack] : answers_) send_pack(routing_id, pack);
}

// Frames of one ROUTER: a routing id of ZeroMQ's, then exactly one part of ours, a pack of frames.
template <class Deliver>
std::size_t ZmqReplicaTransport::hand_over(Input& input, std::size_t max_frames, const Deliver& deliver) {
  std::size_t handed_over = 0;
  zmq::message_t route, payload;
  while (input.may_have_input && handed_over < max_frames) {
    if (!receive(input.socket, route)) {
      input.may_have_input = false;
      break;
    }
    const bool has_payload = route.more() && receive(input.socket, payload);
    const bool single = has_payload && !payload.more();
    const std::optional<std::uint32_t> id = single ? connection_id(payload) : std::nullopt;
    const auto frames = id ? unpack_frames(bytes_of(payload)) : std::nullopt;
    if (!frames) {
      if (has_payload) drop_other_parts(input.socket, payload);
      ++counters_.malformed_frames;
      ++handed_over;  // so that a flood of them is no endless round
      continue;
    }
    ++counters_.parts_in;
    counters_.frames_in += frames->size();
    counters_.bytes_in += payload.size();
    handed_over += frames->size();
    for (const ByteView frame : *frames) deliver(*id, bytes_of(route), frame);
  }
  return handed_over;
}

// ZeroMQ's own poll asks every socket several times in each call. Its sockets' descriptors say when there is news, but
// once only, and a send may swallow that: so this takes what is there until a receive comes back empty, and only then
// waits, with nothing sent in between.
std::size_t ZmqReplicaTransport::poll(std::chrono::milliseconds timeout, std::size_t max_frames,
                                      const ReplicaHandler& on_replica, const ClientHandler& on_client) {
  const auto deadline = Clock::now() + timeout;
  const auto from_replica = [&](std::uint32_t id, ByteView, ByteView frame) { on_replica({ReplicaId(id)}, frame); };
  const auto from_client = [&](std::uint32_t id, ByteView route, ByteView frame) {
    on_client({ClientId(id), {Bytes(route.begin(), route.end())}}, frame);
  };
  flush();
  for (;;) {
    // A handshake alone is no news to the caller.
    if (zap_has_news_ || zap_.may_have_more()) counters_.refused_handshakes += zap_.serve();
    const std::size_t handed_over =
        hand_over(replicas_, max_frames, from_replica) + hand_over(clients_, max_frames, from_client);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (handed_over > 0 || left.count() <= 0) return handed_over;
    for (pollfd& item : watched_) item.revents = 0;
    // A signal: the caller looks why.
    if (::poll(watched_.data(), watched_.size(), static_cast<int>(left.count())) < 0) return 0;
    zap_has_news_ = watched_[0].revents != 0;
    if (watched_[1].revents != 0) replicas_.may_have_input = true;
    if (watched_[2].revents != 0) clients_.may_have_input = true;
    const bool woken = std::any_of(watched_.begin() + kOwnDescriptors, watched_.end(),
                                   [](const pollfd& item) { return item.revents != 0; });
    if (woken) return 0;
  }
}

}  // namespace

std::expected<std::unique_ptr<ReplicaTransport>, TransportError> ReplicaTransport::open(ReplicaTransportConfig config) {
  if (auto error = limits_error(config.limits)) return std::unexpected(std::move(*error));
  try {
    auto transport = std::make_unique<ZmqReplicaTransport>(std::move(config));
    if (auto error = transport->start()) return std::unexpected(std::move(*error));
    return transport;
  } catch (const zmq::error_t& error) {
    return std::unexpected(TransportError{std::string("cannot set up ZeroMQ: ") + error.what() +
                                          "; check the limits in cluster.toml and the open-file limit (ulimit -n)"});
  }
}

}  // namespace breakwater

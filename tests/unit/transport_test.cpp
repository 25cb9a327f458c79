// The ZeroMQ transport over 127.0.0.1: who is let in, who a frame is from, and what hostile peers cannot do.
#include "net/transport.hpp"

#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <utility>

#include "net/frame_pack.hpp"

namespace breakwater {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 60s;  // for a condition that must come true; never waited out by a correct transport

sockaddr_in loopback(int port) {
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

std::string endpoint(int port) { return "tcp://127.0.0.1:" + std::to_string(port); }

// Ports that were free a moment ago. Another program may take one before us: open_group tries again.
std::vector<int> free_ports(std::size_t count) {
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
void let_go(ClientTransport& client) {
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

}  // namespace

BOOST_AUTO_TEST_SUITE(transport)

// Replica 1 comes back under another key, at the same place.
BOOST_AUTO_TEST_CASE(a_peer_that_changed_its_key_is_met_under_the_new_one) {
  Group group;
  auto& [zero, one] = group.nodes;
  const CurveKeyPair fresh = new_curve_key_pair();
  zero.transport->change_key(ReplicaId(1), fresh.public_key);
  const CurveKeyPair old = std::exchange(one.config.keys, fresh);
  one.transport = nullptr;
  BOOST_REQUIRE(group.until([&] { return group.start(1); }));  // the port may take a moment to be free
  const auto both = [&] {
    zero.transport->send(ReplicaId(1), as_bytes("to the new one"));
    one.transport->send(ReplicaId(0), as_bytes("from the new one"));
  };
  BOOST_TEST(
      group.until([&] { return zero.heard_replica("from the new one") && one.heard_replica("to the new one"); }, both));

  // The old key is not admitted any more.
  one.config.keys = old;
  one.transport = nullptr;
  BOOST_REQUIRE(group.until([&] { return group.start(1); }));
  const std::uint64_t refused = zero.transport->counters().refused_handshakes;
  const auto again = [&] { one.transport->send(ReplicaId(0), as_bytes("from the old one")); };
  BOOST_TEST(group.until([&] { return zero.transport->counters().refused_handshakes > refused; }, again));
  BOOST_TEST(!zero.heard_replica("from the old one"));
}

BOOST_AUTO_TEST_CASE(a_key_of_another_peer_is_not_taken_over) {
  Group group;
  auto& [zero, one] = group.nodes;
  zero.transport->change_key(ReplicaId(5), one.config.keys.public_key);  // a stranger
  zero.transport->change_key(ReplicaId(0), one.config.keys.public_key);  // itself
  group.check_still_works();
}

BOOST_AUTO_TEST_CASE(replicas_and_clients_exchange_frames) {
  Group group;
  auto& [zero, one] = group.nodes;
  BOOST_REQUIRE(group.until([&] { return zero.heard_replica("from 1") && one.heard_replica("from 0"); },
                            [&] {
                              zero.transport->send(ReplicaId(1), as_bytes("from 0"));
                              one.transport->send(ReplicaId(0), as_bytes("from 1"));
                            }));
  BOOST_TEST(zero.from_replicas.front().from == 1u);
  BOOST_TEST(one.from_replicas.front().from == 0u);

  const auto client = group.client(group.client_keys[0], zero.client_port);
  client->send(ReplicaId(0), as_bytes("book"));  // before it is connected: it waits
  let_go(*client);
  BOOST_REQUIRE(group.until([&] { return zero.heard_client("book"); }));
  BOOST_TEST(zero.from_clients.front().from == 10u);

  const Bytes large(3 << 20, 7);  // an answer may be larger than a request
  zero.transport->reply(zero.from_clients.front().route, large);
  Bytes answer;
  BOOST_REQUIRE(group.until([&] { return !answer.empty(); },
                            [&] {
                              client->poll(5ms, [&](ReplicaId from, ByteView frame) {
                                BOOST_TEST(from.value == 0u);
                                answer.assign(frame.begin(), frame.end());
                              });
                            }));
  BOOST_TEST((answer == large));
  BOOST_TEST(zero.transport->counters().frames_in >= 2u);
  BOOST_TEST(zero.transport->counters().bytes_out >= large.size());
  BOOST_TEST(zero.transport->counters().refused_handshakes == 0u);
  BOOST_TEST(zero.transport->counters().malformed_frames == 0u);
}

BOOST_AUTO_TEST_CASE(keys_outside_the_roster_are_refused_and_counted) {
  Group group;
  Node& zero = group.nodes[0];
  const CurveKeyPair stranger = new_curve_key_pair();
  for (const int port : {zero.client_port, zero.replica_port}) {
    const std::uint64_t before = zero.transport->counters().refused_handshakes;
    const auto intruder = group.client(stranger, port);
    intruder->send(ReplicaId(0), as_bytes("let me in"));
    let_go(*intruder);
    BOOST_TEST(group.until([&] { return zero.transport->counters().refused_handshakes > before; }));
  }
  group.check_still_works();
  BOOST_TEST(!zero.heard_client("let me in"));
  BOOST_TEST(!zero.heard_replica("let me in"));
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_let_in_once_the_roster_knows_it) {
  Group group;
  Node& zero = group.nodes[0];
  const CurveKeyPair newcomer = new_curve_key_pair();
  const auto client = group.client(newcomer, zero.client_port);
  client->send(ReplicaId(0), as_bytes("hello"));
  let_go(*client);
  BOOST_REQUIRE(group.until([&] { return zero.transport->counters().refused_handshakes > 0; }));
  zero.transport.reset();
  zero.config.clients.emplace(ClientId(12), newcomer.public_key);
  BOOST_REQUIRE(group.until([&] { return group.start(0); }));
  BOOST_REQUIRE(group.until([&] { return zero.heard_client("hello"); }));
  BOOST_TEST(zero.from_clients.front().from == 12u);
}

BOOST_AUTO_TEST_CASE(a_client_is_no_replica) {
  Group group(500);  // a refused connection is held that long
  Node& zero = group.nodes[0];
  const auto client_at_replicas = group.client(group.client_keys[0], zero.replica_port);
  client_at_replicas->send(ReplicaId(0), as_bytes("vote of a client"));
  let_go(*client_at_replicas);
  BOOST_TEST(group.until([&] { return zero.transport->counters().refused_handshakes > 0; }));
  BOOST_TEST(group.until([&] { return zero.transport->counters().refused_handshakes > 1; }));  // it tries again
  group.check_still_works();
  BOOST_TEST(!zero.heard_replica("vote of a client"));
}

BOOST_AUTO_TEST_CASE(a_replica_is_no_client) {
  Group group;
  auto& [zero, one] = group.nodes;
  const auto replica_at_clients = group.client(one.config.keys, zero.client_port);
  replica_at_clients->send(ReplicaId(0), as_bytes("request of a replica"));
  let_go(*replica_at_clients);
  BOOST_TEST(group.until([&] { return zero.transport->counters().refused_handshakes > 0; }));
  group.check_still_works();
  BOOST_TEST(!zero.heard_client("request of a replica"));
}

BOOST_AUTO_TEST_CASE(no_frame_comes_in_without_curve) {
  Group group;
  Node& zero = group.nodes[0];
  RawDealer plain[2];
  plain[0].connect(zero.client_port);
  plain[1].connect(zero.replica_port);
  for (RawDealer& dealer : plain) dealer.send_frame("in the clear");
  group.check_still_works();
  BOOST_TEST(!zero.heard_client("in the clear"));
  BOOST_TEST(!zero.heard_replica("in the clear"));
}

BOOST_AUTO_TEST_CASE(a_claimed_routing_id_changes_no_identity) {
  Group group;
  Node& zero = group.nodes[0];
  RawDealer first, second;
  first.use_curve(group.client_keys[0], zero.config.keys.public_key);
  second.use_curve(group.client_keys[1], zero.config.keys.public_key);
  for (RawDealer* dealer : {&first, &second}) dealer->claim_routing_id("11");
  first.connect(zero.client_port);
  BOOST_REQUIRE(group.until([&] { return zero.heard_client("first"); }, [&] { first.send_frame("first"); }));
  const ClientRoute route = zero.from_clients.front().route;
  BOOST_TEST(zero.from_clients.front().from == 10u);  // the key says so, whatever the routing id says

  second.connect(zero.client_port);  // claims the routing id of the first
  second.send_frame("second");
  group.check_still_works();
  zero.from_clients.clear();
  // Until that very answer: repeats of "first" may have been answered above.
  std::string answer;
  BOOST_TEST(group.until([&] { return answer == "to the first"; },
                         [&] {
                           zero.transport->reply(route, as_bytes("to the first"));
                           BOOST_REQUIRE(second.receive() != "to the first");
                           answer = first.receive();
                         }));
  for (const Received& item : zero.from_clients) BOOST_TEST((as_text(item.frame) != "second" || item.from == 11u));
}

BOOST_AUTO_TEST_CASE(an_oversized_frame_never_arrives) {
  Group group;
  Node& zero = group.nodes[0];
  const auto limit = static_cast<std::size_t>(zero.config.limits.client_message_bytes);
  TransportLimits boundless;
  boundless.client_message_bytes = 64 << 20;
  const auto hostile = group.client(group.client_keys[0], zero.client_port, boundless);

  hostile->send(ReplicaId(0), Bytes(limit, 1));
  let_go(*hostile);
  BOOST_REQUIRE(group.until([&] { return !zero.from_clients.empty(); }));  // the limit itself is allowed
  hostile->send(ReplicaId(0), Bytes(limit + 4096, 2));
  BOOST_TEST(group.until([&] { return zero.heard_client("after"); },
                         [&] {
                           hostile->send(ReplicaId(0), as_bytes("after"));
                           let_go(*hostile);
                         }));
  const auto is_too_large = [&](const Received& item) { return item.frame.size() > limit; };
  BOOST_TEST(!std::ranges::any_of(zero.from_clients, is_too_large));
  group.check_still_works();
}

BOOST_AUTO_TEST_CASE(frames_of_several_parts_are_dropped_and_counted) {
  Group group;
  Node& zero = group.nodes[0];
  RawDealer hostile;
  hostile.use_curve(group.client_keys[0], zero.config.keys.public_key);
  hostile.connect(zero.client_port);
  for (const int parts : {2, 3, 7}) {
    const std::uint64_t before = zero.transport->counters().malformed_frames;
    if (parts == 2) hostile.send({"two", "parts"});
    if (parts == 3) hostile.send({"", "", ""});
    if (parts == 7) hostile.send({"1", "2", "3", "4", "5", "6", "7"});
    BOOST_TEST(group.until([&] { return zero.transport->counters().malformed_frames == before + 1; }));
  }
  BOOST_TEST(zero.from_clients.empty());
  const std::uint64_t before = zero.transport->counters().malformed_frames;
  hostile.send({"one part, but no pack of frames"});
  BOOST_TEST(group.until([&] { return zero.transport->counters().malformed_frames == before + 1; }));
  BOOST_TEST(zero.from_clients.empty());
  hostile.send_frame("one part");
  BOOST_TEST(group.until([&] { return zero.heard_client("one part"); }));
}

// What was sent to one receiver since the last flush travels together, in order; a part is no more than a pack.
BOOST_AUTO_TEST_CASE(frames_to_one_receiver_travel_together) {
  Group group;
  auto& [zero, one] = group.nodes;
  const auto honest = group.client(group.client_keys[0], zero.client_port);
  const auto hello = [&] {
    zero.transport->send(ReplicaId(1), as_bytes("hello"));
    honest->send(ReplicaId(0), as_bytes("hello"));
  };
  BOOST_REQUIRE(group.until(
      [&] {
        honest->poll(0ms, [](ReplicaId, ByteView) {});
        return one.heard_replica("hello") && zero.heard_client("hello");
      },
      hello));
  const ClientRoute route = zero.from_clients.back().route;

  const std::size_t count = kMaxFramesPerPack + 44;
  const TransportCounters before = zero.transport->counters();
  const std::uint64_t parts_before = one.transport->counters().parts_in;
  one.from_replicas.clear();
  for (std::size_t i = 0; i < count; ++i) {
    zero.transport->send(ReplicaId(1), as_bytes("vote " + std::to_string(i)));
    zero.transport->reply(route, as_bytes("answer " + std::to_string(i)));
  }
  std::vector<std::string> answers;
  BOOST_REQUIRE(group.until([&] {
    honest->poll(1ms, [&](ReplicaId, ByteView frame) { answers.emplace_back(as_text(frame)); });
    return answers.size() == count && one.heard_replica("vote " + std::to_string(count - 1));
  }));
  for (std::size_t i = 0; i < count; ++i) BOOST_TEST(answers[i] == "answer " + std::to_string(i));
  BOOST_TEST(zero.transport->counters().frames_out == before.frames_out + 2 * count);
  BOOST_TEST(zero.transport->counters().parts_out == before.parts_out + 4);
  BOOST_TEST(one.from_replicas.size() >= count);
  BOOST_TEST(one.transport->counters().parts_in <= parts_before + 2 + 8);  // a greeting or two may come late
}

BOOST_AUTO_TEST_CASE(garbage_on_both_ports_is_survived) {
  Group group;
  Node& zero = group.nodes[0];
  std::mt19937 random(7);
  const std::string greeting = std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01", 12);
  const std::string mechanism = std::string("CURVE") + std::string(48, '\0');
  for (const int port : {zero.replica_port, zero.client_port}) {
    for (int round = 0; round < 24; ++round) {
      Bytes bytes = round % 3 == 0 ? Bytes{} : to_bytes(greeting + (round % 3 == 1 ? "" : mechanism));
      for (std::uint32_t extra = random() % 4096; extra > 0; --extra) {
        bytes.push_back(static_cast<std::uint8_t>(random()));
      }
      TcpSocket socket;
      socket.connect(port);
      socket.send(bytes);
    }
  }
  std::vector<TcpSocket> silent(20);  // held open through the check, without a word
  for (std::size_t i = 0; i < silent.size(); ++i) silent[i].connect(i % 2 == 0 ? zero.replica_port : zero.client_port);
  group.check_still_works();
}

BOOST_AUTO_TEST_CASE(sends_to_nobody_are_counted) {
  Group group;
  auto& [zero, one] = group.nodes;
  const std::uint64_t before = zero.transport->counters().dropped_sends;
  zero.transport->send(ReplicaId(9), as_bytes("no such peer"));
  zero.transport->reply({}, as_bytes("no route"));
  zero.transport->reply({to_bytes("gone")}, as_bytes("no such route"));
  zero.transport->flush();
  BOOST_TEST(zero.transport->counters().dropped_sends == before + 3);
  zero.transport->send(ReplicaId(1), Bytes(static_cast<std::size_t>(zero.config.limits.replica_message_bytes) + 1));
  BOOST_TEST(zero.transport->counters().dropped_sends == before + 4);
}

BOOST_AUTO_TEST_CASE(a_peer_that_returns_is_heard_again) {
  Group group;
  auto& [zero, one] = group.nodes;
  const auto send = [&] { zero.transport->send(ReplicaId(1), as_bytes("hello")); };
  BOOST_REQUIRE(group.until([&] { return one.heard_replica("hello"); }, send));
  one.transport.reset();
  const std::uint64_t before = zero.transport->counters().dropped_sends;
  // Nothing queues up for a peer that is gone.
  BOOST_TEST(group.until([&] { return zero.transport->counters().dropped_sends > before; }, send));
  one.from_replicas.clear();
  BOOST_REQUIRE(group.until([&] { return group.start(1); }));
  BOOST_TEST(group.until([&] { return one.heard_replica("hello"); }, send));
}

BOOST_AUTO_TEST_CASE(a_poll_hands_over_no_more_than_it_is_asked_for) {
  Group group;
  auto& [zero, one] = group.nodes;
  BOOST_REQUIRE(group.until([&] { return zero.heard_replica("first"); },
                            [&] { one.transport->send(ReplicaId(0), as_bytes("first")); }));
  for (int i = 0; i < 20; ++i) {
    one.transport->send(ReplicaId(0), as_bytes("many"));
    one.transport->flush();
  }
  one.transport->send(ReplicaId(0), as_bytes("last"));
  one.transport->flush();
  const auto deadline = Clock::now() + kPatience;
  while (!zero.heard_replica("last") && Clock::now() < deadline) {
    const std::size_t before = zero.from_replicas.size();
    const std::size_t handed_over = zero.poll(5ms, 3);
    BOOST_REQUIRE(handed_over <= 3u);
    BOOST_REQUIRE(zero.from_replicas.size() - before == handed_over);
  }
  BOOST_TEST(zero.heard_replica("last"));
}

BOOST_AUTO_TEST_CASE(a_watched_descriptor_wakes_poll) {
  Group group;
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  BOOST_REQUIRE(wake >= 0);
  group.nodes[0].transport->watch(wake);
  const std::uint64_t one = 1;
  BOOST_REQUIRE(::write(wake, &one, sizeof(one)) == sizeof(one));
  const auto before = Clock::now();
  BOOST_TEST(group.nodes[0].poll(2 * kPatience) == 0u);
  BOOST_TEST((Clock::now() - before < kPatience));  // it did not wait its time out
  group.nodes[0].transport->watch(-1);
  ::close(wake);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_named_with_the_mend) {
  TcpSocket holder;
  const int port = holder.bind_free_port();
  holder.listen();
  ReplicaTransportConfig config;
  config.keys = new_curve_key_pair();
  config.bind_replicas = endpoint(port);
  config.bind_clients = "tcp://127.0.0.1:*";
  const auto opened = ReplicaTransport::open(config);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(opened.error().message == "cannot listen on " + endpoint(port) +
                                           ": Address already in use; choose another --base-port or stop the "
                                           "program that holds it");
}

BOOST_AUTO_TEST_CASE(bad_addresses_are_named) {
  ReplicaTransportConfig config;
  config.keys = new_curve_key_pair();
  config.bind_replicas = "tcp://127.0.0.1:*";
  config.bind_clients = "nonsense";
  const auto listening = ReplicaTransport::open(config);
  BOOST_REQUIRE(!listening.has_value());
  BOOST_TEST(listening.error().message.starts_with("cannot listen on nonsense: "));

  config.bind_clients = "tcp://127.0.0.1:*";
  config.peers = {{ReplicaId(1), {"tcp://127.0.0.1", new_curve_key_pair().public_key}}};
  const auto connecting = ReplicaTransport::open(config);
  BOOST_REQUIRE(!connecting.has_value());
  BOOST_TEST(connecting.error().message.starts_with("cannot connect to tcp://127.0.0.1: "));
}

BOOST_AUTO_TEST_CASE(limits_that_are_none_are_refused) {
  const auto refuses = [](TransportLimits limits) {
    ReplicaTransportConfig config;
    config.keys = new_curve_key_pair();
    config.bind_replicas = config.bind_clients = "tcp://127.0.0.1:*";
    config.limits = limits;
    const auto opened = ReplicaTransport::open(config);
    return !opened && opened.error().message.find("cluster.toml") != std::string::npos;
  };
  BOOST_TEST(!refuses({}));
  BOOST_TEST(refuses({.high_water_mark = 0}));
  BOOST_TEST(refuses({.replica_message_bytes = 0}));
  BOOST_TEST(refuses({.client_message_bytes = -1}));
  BOOST_TEST(refuses({.handshake_ms = 0}));
}

BOOST_AUTO_TEST_CASE(a_host_given_by_name_is_listened_for) {
  ReplicaTransportConfig config;
  config.keys = new_curve_key_pair();
  config.bind_replicas = "tcp://localhost:*";
  config.bind_clients = "tcp://a-name-of-no-host:*";
  BOOST_TEST(ReplicaTransport::open(config).has_value());
}

BOOST_AUTO_TEST_CASE(new_keys_differ_and_belong_together) {
  const CurveKeyPair a = new_curve_key_pair(), b = new_curve_key_pair();
  BOOST_TEST((a.public_key != b.public_key && a.secret_key != b.secret_key));
  char secret[41], derived[41], shown[41];
  BOOST_REQUIRE(zmq_z85_encode(secret, a.secret_key.bytes.data(), 32) != nullptr);
  BOOST_REQUIRE(zmq_z85_encode(shown, a.public_key.bytes.data(), 32) != nullptr);
  BOOST_REQUIRE(zmq_curve_public(derived, secret) == 0);
  BOOST_TEST(std::string(derived) == std::string(shown));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater

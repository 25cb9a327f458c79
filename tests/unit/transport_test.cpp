// The ZeroMQ transport over 127.0.0.1: who is let in, who a frame is from, and what hostile peers cannot do.
#include "net/transport.hpp"

#include <sys/eventfd.h>

#include <boost/test/unit_test.hpp>
#include <random>
#include <utility>

#include "tests/support/transport_rig.hpp"

namespace breakwater {

using namespace testing;

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

// A client over a transport that a test holds in its hands.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "client/client.hpp"
#include "crypto/batch.hpp"
#include "crypto/keys.hpp"

namespace breakwater::testing {

inline const ClientId kSelf(5);
inline const Digest kCluster{{7}};
inline const std::vector<Bytes> kCommands = {to_bytes("first"), to_bytes("second")};

// Keeps what is sent, and hands over what the test puts in.
class FakeTransport final : public ClientTransport {
 public:
  void send(ReplicaId to, ByteView frame) override { sent.emplace_back(to.value, Bytes(frame.begin(), frame.end())); }
  std::size_t poll(std::chrono::milliseconds timeout,
                   const std::function<void(ReplicaId, ByteView frame)>& on_frame) override {
    BOOST_TEST(timeout.count() == 0);  // receive() promises not to wait
    const auto arrived = std::exchange(inbox, {});
    for (const auto& [from, frame] : arrived) on_frame(ReplicaId(from), frame);
    return arrived.size();
  }
  std::string receivers() {
    std::string out;
    for (const auto& [to, frame] : sent) out += std::to_string(to) + " ";
    return out;
  }
  std::vector<std::pair<std::uint32_t, Bytes>> sent, inbox;
};

// A client with a clock in the test's hand: of a PBFT group of `replicas`, or of whatever group its guide knows.
struct Desk {
  explicit Desk(std::uint32_t replicas = 4) : Desk(pbft_guide(replicas)) {}
  explicit Desk(std::unique_ptr<Guide> guide) : client({kSelf, kCluster}, std::move(guide), transport, signer) {}

  void submit(std::uint64_t number = 3, Client::Clock::duration timeout = std::chrono::seconds(30)) {
    client.submit(RequestNumber(number), kCommands, now, timeout, [this](const Outcome& o) { outcomes.push_back(o); });
  }
  // What a correct replica answers.
  static Reply reply(std::uint32_t from, std::uint64_t number = 3) {
    Reply out{};
    out.replica = ReplicaId(from);
    out.client = kSelf;
    out.number = RequestNumber(number);
    out.request = make_digest();
    out.status = ReplyStatus::executed;
    out.view = ViewNumber(0);
    out.sequence = SequenceNumber(17);
    out.results = {to_bytes("done"), to_bytes("and done")};
    return out;
  }
  static Digest make_digest() { return make_request(kSelf, RequestNumber(3), encode_commands(kCommands), {}).digest; }

  void hear(const Reply& answer) { hear(answer.replica.value, encode_frame(answer)); }
  void hear(std::uint32_t from, const Bytes& frame) {
    transport.inbox.emplace_back(from, frame);
    client.receive(now);
  }
  void after(Client::Clock::duration time) {
    now += time;
    client.drive(now);
  }
  bool concluded() const { return !outcomes.empty(); }

  FakeTransport transport;
  Ed25519Signer signer{SigningKey::from_seed(Seed{{5}}), {SignerRole::client, kSelf.value, Incarnation(0)}};
  Client client;
  Client::Clock::time_point now{std::chrono::hours(1)};
  std::vector<Outcome> outcomes;
};

}  // namespace breakwater::testing

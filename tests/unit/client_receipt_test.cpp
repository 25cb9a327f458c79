// The client that wants a receipt: it waits for f+1 signed replies, asks again, and takes no lie into it.
#include <boost/test/unit_test.hpp>

#include "client/client.hpp"
#include "crypto/batch.hpp"
#include "crypto/keys.hpp"

namespace breakwater {
namespace {

using namespace std::chrono_literals;

const ClientId kSelf(5);
const Digest kCluster{{7}};
const std::vector<Bytes> kCommands = {to_bytes("reserve")};

class FakeTransport final : public ClientTransport {
 public:
  void send(ReplicaId, ByteView) override { ++sent; }
  std::size_t poll(std::chrono::milliseconds, const std::function<void(ReplicaId, ByteView frame)>& on_frame) override {
    const auto arrived = std::exchange(inbox, {});
    for (const auto& [from, frame] : arrived) on_frame(from, frame);
    return arrived.size();
  }
  std::size_t sent = 0;
  std::vector<std::pair<ReplicaId, Bytes>> inbox;
};

SigningKey key_of(std::uint32_t replica) {
  Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(replica + 1));
  return SigningKey::from_seed(seed);
}

// A desk of a group of four with request 3 on its way, in slot 17 together with another one.
struct Desk {
  Desk() {
    for (std::uint32_t id = 0; id < 4; ++id) roster.add_replica(ReplicaId(id), Incarnation(1), key_of(id).public_key());
    client.want_receipts(roster, checker, 3s);
    client.submit(RequestNumber(3), kCommands, now, 30s, [this](const Outcome& o) { outcomes.push_back(o); });
  }
  Reply signed_reply(std::uint32_t from, const std::string& result = "done") const {
    Reply out{};
    out.replica = ReplicaId(from);
    out.client = kSelf;
    out.number = RequestNumber(3);
    out.request = make_request(kSelf, RequestNumber(3), encode_commands(kCommands), {}).digest;
    out.status = ReplyStatus::executed;
    out.sequence = SequenceNumber(17);
    out.results = {to_bytes(result)};
    const std::vector<Digest> leaves = {Digest{{1}}, result_leaf(kSelf, out.number, out.request, out.results)};
    const MerklePath path = MerkleTree(leaves).path(1);
    out.signed_reply = true;
    out.root = MerkleTree(leaves).root();
    out.path_index = path.index;
    out.path_leaves = path.leaves;
    out.path = path.siblings;
    sign(out);
    return out;
  }
  void sign(Reply& reply) const {
    const Signatory replica{SignerRole::replica, reply.replica.value, Incarnation(1)};
    reply.signature =
        key_of(reply.replica.value).sign(reply_statement(kCluster, replica, reply.sequence, reply.root).encode());
  }
  Reply unsigned_reply(std::uint32_t from) const {
    Reply out = signed_reply(from);
    out.signed_reply = false;
    out.path.clear();
    return out;
  }
  void hear(const Reply& reply) {
    transport.inbox.emplace_back(reply.replica, encode_frame(reply));
    client.receive(now);
  }
  void after(Client::Clock::duration time) {
    now += time;
    client.drive(now);
  }
  // Done, with a receipt that proves the honest outcome.
  bool has_receipt() const {
    return outcomes.size() == 1 && outcomes[0].receipt && judge(*outcomes[0].receipt, roster, checker) &&
           outcomes[0].receipt->results == std::vector<Bytes>{to_bytes("done")};
  }

  FakeTransport transport;
  Ed25519Signer signer{SigningKey::from_seed(Seed{{5}}), {SignerRole::client, kSelf.value, Incarnation(0)}};
  Roster roster{kCluster};
  Ed25519Checker checker{roster};
  Client client{{kSelf, kCluster}, pbft_guide(4), transport, signer};
  Client::Clock::time_point now{1h};
  std::vector<Outcome> outcomes;
};

BOOST_AUTO_TEST_SUITE(client_receipts)

BOOST_AUTO_TEST_CASE(two_signed_replies_are_a_receipt) {
  Desk desk;
  desk.hear(desk.signed_reply(2));
  BOOST_TEST(desk.outcomes.empty());
  desk.hear(desk.signed_reply(1));
  BOOST_TEST(desk.has_receipt());
  BOOST_TEST(desk.outcomes[0].signed_replies == 2u);
}

BOOST_AUTO_TEST_CASE(the_outcome_waits_for_more_signed_replies_and_asks_for_them) {
  Desk desk;
  desk.hear(desk.unsigned_reply(0));
  desk.hear(desk.signed_reply(1));
  BOOST_TEST(desk.outcomes.empty());
  const std::size_t sent = desk.transport.sent;
  desk.after(100ms);
  BOOST_TEST(desk.transport.sent == sent + 4);  // every replica was asked again
  desk.hear(desk.signed_reply(3));
  BOOST_TEST(desk.has_receipt());
}

BOOST_AUTO_TEST_CASE(without_proofs_the_outcome_comes_alone_after_a_while) {
  Desk desk;
  for (const std::uint32_t id : {0u, 1u, 2u}) desk.hear(desk.unsigned_reply(id));
  desk.hear(desk.signed_reply(3));
  desk.after(2900ms);
  BOOST_TEST(desk.outcomes.empty());
  desk.after(200ms);
  BOOST_REQUIRE(desk.outcomes.size() == 1u);
  BOOST_TEST((desk.outcomes[0].status == ReplyStatus::executed));
  BOOST_TEST(!desk.outcomes[0].receipt.has_value());
  BOOST_TEST(desk.outcomes[0].signed_replies == 1u);
  BOOST_TEST(desk.client.outstanding() == 0u);
}

BOOST_AUTO_TEST_CASE(no_lie_gets_into_a_receipt) {
  Desk desk;
  desk.hear(desk.signed_reply(3, "a lie"));
  Reply other_root = desk.signed_reply(3);  // the true outcome under a root of its own
  const std::vector<Digest> leaves = {result_leaf(kSelf, other_root.number, other_root.request, other_root.results)};
  other_root.root = MerkleTree(leaves).root();
  other_root.path_index = 0;
  other_root.path_leaves = 1;
  other_root.path.clear();
  desk.sign(other_root);
  desk.hear(other_root);
  desk.hear(desk.signed_reply(0));  // the outcome is known
  BOOST_TEST(desk.outcomes.empty());
  Reply unfit = desk.signed_reply(3);
  unfit.signature.bytes[0] ^= 1;
  desk.hear(unfit);
  Reply astray = desk.signed_reply(3);
  astray.path_index = 0;
  desk.hear(astray);
  BOOST_TEST(desk.outcomes.empty());
  desk.hear(desk.signed_reply(2));
  BOOST_TEST(desk.has_receipt());
  BOOST_REQUIRE(desk.outcomes[0].receipt->replies.entries.size() == 2u);
  BOOST_TEST((desk.outcomes[0].receipt->replies.entries[0].signer == ReplicaId(0)));
  BOOST_TEST((desk.outcomes[0].receipt->replies.entries[1].signer == ReplicaId(2)));
}

// Retries, duplicates and a replica that forgot its proof meanwhile: the same bytes as when all goes well.
BOOST_AUTO_TEST_CASE(retries_and_duplicates_give_the_same_receipt) {
  Desk plain, bumpy;
  for (const std::uint32_t id : {0u, 1u}) plain.hear(plain.signed_reply(id));
  BOOST_REQUIRE(plain.has_receipt());
  bumpy.hear(bumpy.signed_reply(0));
  bumpy.hear(bumpy.signed_reply(0));
  bumpy.after(600ms);  // sent again to all
  bumpy.hear(bumpy.unsigned_reply(0));
  bumpy.hear(bumpy.unsigned_reply(1));
  BOOST_TEST(bumpy.outcomes.empty());
  bumpy.hear(bumpy.signed_reply(1));
  BOOST_REQUIRE(bumpy.has_receipt());
  BOOST_TEST((encode(*bumpy.outcomes[0].receipt) == encode(*plain.outcomes[0].receipt)));
}

BOOST_AUTO_TEST_CASE(what_was_not_executed_has_no_receipt_and_is_not_waited_for) {
  Desk desk;
  for (const std::uint32_t id : {0u, 1u}) {
    Reply expired = desk.unsigned_reply(id);
    expired.status = ReplyStatus::expired;
    expired.results.clear();
    desk.hear(expired);
  }
  BOOST_REQUIRE(desk.outcomes.size() == 1u);
  BOOST_TEST(!desk.outcomes[0].receipt.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

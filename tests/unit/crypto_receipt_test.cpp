// Receipts: one fact, one canonical form, and nothing else proves anything.
#include "crypto/receipt.hpp"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "crypto/batch.hpp"
#include "crypto/keys.hpp"

namespace breakwater {
namespace {

SigningKey key_of(std::uint32_t replica) {
  Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(replica + 1));
  return SigningKey::from_seed(seed);
}

// A group, and a slot in which three requests were executed; the receipt is of the second one.
struct Group {
  explicit Group(std::uint32_t replicas = 4) {
    for (std::uint32_t id = 0; id < replicas; ++id) {
      roster.add_replica(ReplicaId(id), Incarnation(1), key_of(id).public_key());
    }
    const Bytes body = encode_commands({to_bytes("reserve S12"), to_bytes("confirm")});
    const std::vector<Bytes> results = {to_bytes("S12 is yours"), to_bytes("confirmed")};
    const std::vector<Digest> leaves = {
        Digest{{1}}, result_leaf(ClientId(7), RequestNumber(3), request_body_digest(body), results), Digest{{2}}};
    const Statement statement =
        without_signer(reply_statement(roster.cluster(), {}, SequenceNumber(17), MerkleTree(leaves).root()));
    receipt = {ClientId(7), RequestNumber(3), body, results, MerkleTree(leaves).path(1), {statement, {}}};
    sign({0, 2});
  }
  void sign(const std::vector<std::uint32_t>& signers) {
    receipt.replies.entries.clear();
    for (const std::uint32_t id : signers) receipt.replies.entries.push_back(entry(id));
  }
  Certificate::Entry entry(std::uint32_t id) const {
    Statement statement = receipt.replies.statement;
    statement.signer = {SignerRole::replica, id, Incarnation(1)};
    return {ReplicaId(id), Incarnation(1), key_of(id).sign(statement.encode())};
  }
  bool proves() const { return judge(receipt, roster, Ed25519Checker(roster)).has_value(); }
  bool proves(const Bytes& bytes) const {
    const auto decoded = decode_receipt(bytes);
    return decoded && encode(*decoded) == bytes && judge(*decoded, roster, Ed25519Checker(roster)).has_value();
  }

  Roster roster{Digest{{9}}};
  Receipt receipt;
};

BOOST_AUTO_TEST_SUITE(receipts)

BOOST_AUTO_TEST_CASE(a_receipt_proves_and_survives_its_bytes) {
  const Group group;
  const Bytes bytes = encode(group.receipt);
  BOOST_TEST(group.proves());
  BOOST_TEST(group.proves(bytes));
  BOOST_TEST((decode_receipt(bytes)->sequence() == SequenceNumber(17)));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_refused) {
  const Group group;
  const Bytes original = encode(group.receipt);
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = original;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1u << bit));
      BOOST_TEST(!group.proves(changed), "byte " << at << ", bit " << bit);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_addition_is_refused) {
  const Group group;
  const Bytes original = encode(group.receipt);
  for (std::size_t size = 0; size < original.size(); ++size) {
    BOOST_TEST(!group.proves({original.begin(), original.begin() + static_cast<std::ptrdiff_t>(size)}), size);
    BOOST_TEST(!group.proves({original.end() - static_cast<std::ptrdiff_t>(size), original.end()}), size);
    Bytes longer = original;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(size), 0);
    BOOST_TEST(!group.proves(longer), "a byte added at " << size);
  }
  Bytes appended = original;
  for (int i = 0; i < 100; ++i) {
    appended.push_back(static_cast<std::uint8_t>(i));
    BOOST_TEST(!group.proves(appended));
  }
}

struct Change {
  const char* what;
  void (*make)(Group& group);
};
std::ostream& operator<<(std::ostream& out, const Change& change) { return out << change.what; }

const Change kChanges[] = {
    {"signers in another order", [](Group& g) { g.sign({2, 0}); }},
    {"one signer twice", [](Group& g) { g.sign({2, 2}); }},
    {"one signer", [](Group& g) { g.sign({0}); }},
    {"nobody", [](Group& g) { g.sign({}); }},
    {"more signers than needed", [](Group& g) { g.sign({0, 1, 2}); }},
    {"a signer outside the group", [](Group& g) { g.sign({0, 4}); }},
    {"a signer under another's name", [](Group& g) { g.receipt.replies.entries[1].signer = ReplicaId(3); }},
    {"an unknown incarnation", [](Group& g) { g.receipt.replies.entries[1].incarnation = Incarnation(2); }},
    {"another client", [](Group& g) { g.receipt.client = ClientId(8); }},
    {"another request", [](Group& g) { g.receipt.number = RequestNumber(4); }},
    {"another slot", [](Group& g) { g.receipt.replies.statement.sequence = SequenceNumber(18); }},
    {"another command", [](Group& g) { g.receipt.body = encode_commands({to_bytes("reserve S11"), to_bytes("x")}); }},
    {"another result", [](Group& g) { g.receipt.results[0] = to_bytes("no"); }},
    {"a result less", [](Group& g) { g.receipt.results.pop_back(); }},
    {"another place in the slot", [](Group& g) { g.receipt.path.index = 0; }},
    {"another number of requests", [](Group& g) { g.receipt.path.leaves = 4; }},
    {"a sibling more", [](Group& g) { g.receipt.path.siblings.emplace_back(); }},
    // Signed anew by the signers themselves: well signed, and no reply.
    {"a commit instead of a reply",
     [](Group& g) {
       g.receipt.replies.statement.kind = StatementKind::commit;
       g.sign({0, 2});
     }},
    {"a reply of a view",
     [](Group& g) {
       g.receipt.replies.statement.view = ViewNumber(1);
       g.sign({0, 2});
     }},
    {"slot 0",
     [](Group& g) {
       g.receipt.replies.statement.sequence = SequenceNumber(0);
       g.sign({0, 2});
     }},
    {"another cluster",
     [](Group& g) {
       g.receipt.replies.statement.cluster = Digest{{8}};
       g.sign({0, 2});
     }},
};

BOOST_DATA_TEST_CASE(what_differs_from_the_one_form_proves_nothing, kChanges, change) {
  Group group;
  change.make(group);
  BOOST_TEST(!group.proves());
  BOOST_TEST(!group.proves(encode(group.receipt)));
}

BOOST_AUTO_TEST_CASE(a_larger_group_needs_more_signers_and_a_small_one_proves_nothing) {
  Group seven(7);
  BOOST_TEST(!seven.proves());
  seven.sign({0, 2, 6});
  BOOST_TEST(seven.proves());
  Group three(3);  // as a Raft group may have: no liar can be borne, so no number of signatures is enough
  for (const auto& signers : {std::vector<std::uint32_t>{0}, {0, 1}, {0, 1, 2}}) {
    three.sign(signers);
    BOOST_TEST(!three.proves());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// The audit over stores built by hand, with real signatures: what convicts, what violates, and what does neither.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/audit_rig.hpp"

namespace breakwater::audit {
namespace {

using namespace testing;

BOOST_AUTO_TEST_SUITE(audit_of_stores)

BOOST_AUTO_TEST_CASE(a_clean_group_is_safe) {
  Harbor harbor;
  const auto& keys = harbor.keys;
  harbor.decide(2, harbor.batch(2, {keys.request(kDesk, 1, booking::Hold{{"V", "C-1", std::nullopt}, 1, 10}),
                                    keys.request(kOtherDesk, 1, reserve_of_class(2))}));
  harbor.decide(3, nullptr);
  // The hold is over, the reservation cancelled, and a request decided twice counts once: both suites may go again.
  harbor.decide(
      4, harbor.batch(
             12, {keys.request(kDesk, 2, reserve_of_class(3)), keys.request(kOtherDesk, 2, booking::Cancel{2}),
                  keys.request(kOtherDesk, 1, reserve_of_class(2)), keys.request(kOtherDesk, 3, reserve_of_class(4))}));
  const Report report = harbor.examine();
  BOOST_TEST(!report.violated());
  BOOST_TEST(report.slots == 4u);
  BOOST_TEST(report.signatures.certificates_checked == 16u);
  BOOST_TEST(report.signatures.certificates_invalid == 0u);
  BOOST_TEST(report.signatures.requests_checked == 7u);  // each batch once, though four stores have it
  BOOST_TEST(report.signatures.requests_forged == 0u);
  BOOST_TEST(report.conflicts.empty());
  BOOST_TEST((report.accountability == Accountability::no_conflict));
  BOOST_TEST(sales(report.double_sold) == "");
  BOOST_TEST(report.evidence.empty());
  BOOST_TEST(report.signatures.evidence_rejected == 0u);
  BOOST_TEST(report.damage.empty());
  BOOST_TEST(report.state_digests_equal);
  BOOST_TEST((report.common_checkpoint == SequenceNumber(4)));
}

BOOST_AUTO_TEST_CASE(stores_may_lag_be_empty_or_be_missing) {
  Harbor harbor;
  harbor[0].decide(2, nullptr);
  harbor[0].decide(3, nullptr);
  harbor[0].decide(4, nullptr);
  harbor[1].decide(2, nullptr);
  const Report report = harbor.examine({0, 1});
  BOOST_TEST(!report.violated());
  BOOST_TEST(report.slots == 4u);
  BOOST_TEST((report.common_checkpoint == SequenceNumber(2)));
  BOOST_TEST(!harbor.examine().common_checkpoint.has_value());  // the others have none
  BOOST_TEST(!harbor.examine({}).violated());
}

// More than f liars: the suite was sold twice, each time with a valid certificate.
BOOST_AUTO_TEST_CASE(two_decisions_of_one_slot_convict_whoever_signed_both) {
  Harbor harbor;
  harbor[2].decide(2, harbor.reservation(kDesk, 11), {0, 1, 2});
  harbor[3].decide(2, harbor.reservation(kOtherDesk, 12), {0, 1, 3});
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(report.violated());
  BOOST_REQUIRE(report.conflicts.size() == 1u);
  const Conflict& conflict = report.conflicts[0];
  BOOST_TEST((conflict.sequence == SequenceNumber(2)));
  BOOST_REQUIRE(conflict.replicas.size() == 2u);
  BOOST_TEST(names(conflict.replicas.at(harbor.reservation(kDesk, 11)->digest)) == "2 ");
  BOOST_TEST(names(conflict.replicas.at(harbor.reservation(kOtherDesk, 12)->digest)) == "3 ");
  BOOST_TEST(sales(report.double_sold) == "V/C-1: 11 12;");
  BOOST_TEST(names(report.accused) == "0 1 ");
  BOOST_TEST((report.accountability == Accountability::complete));
  BOOST_REQUIRE(report.evidence.size() == 2u);
  for (const pbft::Evidence& evidence : report.evidence) {
    BOOST_TEST((evidence.kind == pbft::EvidenceKind::conflicting_commits));
    BOOST_TEST((evidence.sequence() == SequenceNumber(2)));
  }
  BOOST_TEST(report.signatures.certificates_invalid == 0u);
}

BOOST_AUTO_TEST_CASE(one_decision_in_two_views_is_no_conflict) {
  Harbor harbor;
  harbor[2].decide(2, harbor.reservation(kDesk, 11), {0, 1, 2}, 0);
  harbor[3].decide(2, harbor.reservation(kDesk, 11), {0, 1, 3}, 1);
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(!report.violated());
  BOOST_TEST(report.conflicts.empty());
}

// Slot 3 ends in no checkpoint: the conflict alone has to violate.
BOOST_AUTO_TEST_CASE(a_batch_against_a_null_request_is_a_conflict_without_a_sale) {
  Harbor harbor;
  harbor.decide(2, nullptr);
  harbor[2].decide(3, harbor.reservation(kDesk, 11), {0, 1, 2});
  harbor[3].decide(3, nullptr, {0, 1, 3});
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(report.violated());
  BOOST_TEST(report.conflicts.size() == 1u);
  BOOST_TEST(sales(report.double_sold) == "");
  BOOST_TEST(report.state_digests_equal);
  BOOST_TEST(names(report.accused) == "0 1 ");
}

// A replica that stopped before the other half of the lie has sold nothing to compare it with.
BOOST_AUTO_TEST_CASE(histories_are_compared_at_the_length_that_both_have) {
  Harbor harbor;
  harbor[2].decide(2, harbor.reservation(kDesk, 11), {0, 1, 2});
  harbor[3].decide(2, nullptr, {0, 1, 3});
  harbor[3].decide(3, harbor.reservation(kOtherDesk, 12), {0, 1, 3});
  BOOST_TEST(sales(harbor.examine({2, 3}).double_sold) == "");
  harbor[2].decide(3, nullptr, {0, 1, 2});
  BOOST_TEST(sales(harbor.examine({2, 3}).double_sold) == "V/C-1: 11 12;");
}

struct BadCertificate {
  const char* what;
  void (*spoil)(const Keys& keys, Certificate& certificate);
};
std::ostream& operator<<(std::ostream& out, const BadCertificate& bad) { return out << bad.what; }

const BadCertificate kBadCertificates[] = {
    {"a signature that does not hold", [](const Keys&, Certificate& c) { c.entries[1].signature.bytes[5] ^= 1; }},
    {"another's signature", [](const Keys&, Certificate& c) { c.entries[1].signature = c.entries[0].signature; }},
    {"too few signers", [](const Keys&, Certificate& c) { c.entries.pop_back(); }},
    {"no signers", [](const Keys&, Certificate& c) { c.entries.clear(); }},
    {"a signer twice", [](const Keys&, Certificate& c) { c.entries[2] = c.entries[1]; }},
    {"a fourth signature that does not hold",
     [](const Keys&, Certificate& c) { c.entries.push_back({ReplicaId(3), Incarnation(1), Signature{}}); }},
    {"an earlier incarnation", [](const Keys&, Certificate& c) { c.entries[0].incarnation = Incarnation(0); }},
    {"prepares for commits",
     [](const Keys& keys, Certificate& c) {
       c = keys.certificate(keys.statement(StatementKind::prepare, 2, c.statement.digest), kQuorum);
     }},
    {"another digest than the batch's",
     [](const Keys& keys, Certificate& c) {
       c = keys.certificate(keys.statement(StatementKind::commit, 2, Digest{{1}}), kQuorum);
     }},
    {"the null digest",
     [](const Keys& keys, Certificate& c) {
       c = keys.certificate(keys.statement(StatementKind::commit, 2, kNullDigest), kQuorum);
     }},
    {"another cluster",
     [](const Keys& keys, Certificate& c) {
       Statement other = c.statement;
       other.cluster = Digest{{8}};
       c = keys.certificate(other, kQuorum);
     }},
};

Certificate good_certificate(const Keys& keys, const BatchPtr& batch) {
  return keys.certificate(keys.statement(StatementKind::commit, 2, batch->digest), kQuorum);
}

BOOST_DATA_TEST_CASE(an_invalid_certificate_decides_nothing_and_violates, kBadCertificates, bad) {
  Harbor harbor;
  // The other stores hold another batch, so that a certificate taken for good would be a conflict.
  for (const std::uint32_t id : {0u, 1u, 2u}) harbor[id].decide(2, harbor.reservation(kDesk, 11));
  const BatchPtr batch = harbor.reservation(kOtherDesk, 12);
  Certificate certificate = good_certificate(harbor.keys, batch);
  bad.spoil(harbor.keys, certificate);
  harbor[3].keep(certificate, batch);
  const Report report = harbor.examine();
  BOOST_TEST(report.signatures.certificates_checked == 8u);
  BOOST_TEST(report.signatures.certificates_invalid == 1u);
  BOOST_TEST(names(report.invalid_in) == "3 ");
  BOOST_TEST(report.violated());
  BOOST_TEST(report.conflicts.empty());
  BOOST_TEST(sales(report.double_sold) == "");
  BOOST_TEST(report.accused.empty());  // a store's content convicts nobody: anyone may have written it
}

// The case above would pass for any report if the certificate were bad before it was spoiled.
BOOST_AUTO_TEST_CASE(the_certificate_of_the_table_is_good_unspoiled) {
  Harbor harbor;
  const BatchPtr batch = harbor.reservation(kOtherDesk, 12);
  harbor[3].keep(good_certificate(harbor.keys, batch), batch);
  BOOST_TEST(harbor.examine({3}).signatures.certificates_invalid == 0u);
  BOOST_TEST(!harbor.examine({3}).violated());
}

BOOST_AUTO_TEST_CASE(a_history_is_followed_no_further_than_its_first_invalid_certificate) {
  Harbor harbor;
  harbor[3].decide(2, nullptr, {0, 1});
  harbor[3].decide(3, nullptr);
  const Report report = harbor.examine({3});
  BOOST_TEST(report.slots == 1u);
  BOOST_TEST(report.signatures.certificates_checked == 3u);
  BOOST_TEST(report.signatures.certificates_invalid == 1u);
}

BOOST_AUTO_TEST_CASE(the_private_story_of_an_accused_replica_violates_nothing) {
  Harbor harbor;
  for (const std::uint32_t id : {0u, 1u, 2u}) harbor[id].decide(2, harbor.reservation(kDesk, 11));
  harbor[3].decide(2, harbor.reservation(kOtherDesk, 12), {3});
  harbor[3].keep_root(2, Digest{{66}});
  BOOST_TEST(harbor.examine().violated());
  harbor[1].keep_evidence(contradiction_of(harbor.keys, 3));
  const Report report = harbor.examine();
  BOOST_TEST(names(report.accused) == "3 ");
  BOOST_TEST(report.signatures.certificates_invalid == 1u);  // told all the same
  BOOST_TEST(report.state_digests_equal);
  BOOST_TEST((report.common_checkpoint == SequenceNumber(2)));
  BOOST_TEST(!report.violated());
  // Another one's invalid certificate is no part of its story.
  harbor[2].decide(3, nullptr, {0, 1});
  BOOST_TEST(harbor.examine().violated());
}

// The same bytes and signature under another name.
RequestPtr claimed_by(ClientId client, const RequestPtr& request) {
  return std::make_shared<Request>(make_request(client, request->number, request->body, request->signature));
}

BOOST_AUTO_TEST_CASE(a_request_that_its_client_never_signed_is_forged) {
  const Keys keys;
  const RequestPtr good = keys.request(kDesk, 1, reserve_of_class(11));
  const RequestPtr edited = std::make_shared<Request>(
      make_request(kDesk, RequestNumber(1), encode_commands({booking::encode(reserve_of_class(12))}), good->signature));
  const RequestPtr unsigned_request =
      std::make_shared<Request>(make_request(kDesk, RequestNumber(1), good->body, Signature{}));
  const RequestPtr forged[] = {edited, unsigned_request, claimed_by(kOtherDesk, good), claimed_by(ClientId(9), good)};
  for (const RequestPtr& request : forged) {
    Harbor harbor;
    harbor.decide(2, harbor.batch(2, {keys.request(kOtherDesk, 2, reserve_of_class(13)), request}));
    const Report report = harbor.examine();
    BOOST_TEST(report.signatures.requests_checked == 3u);
    BOOST_TEST(report.signatures.requests_forged == 1u);
    BOOST_TEST(report.violated());
    BOOST_TEST(report.signatures.certificates_invalid == 0u);
  }
  Harbor harbor;
  harbor.decide(2, harbor.batch(2, {good}));
  BOOST_TEST(!harbor.examine().violated());
}

BOOST_AUTO_TEST_CASE(different_roots_at_the_common_checkpoint_are_seen) {
  Harbor harbor;
  harbor.decide(2, harbor.reservation(kDesk, 11));
  const Digest root = harbor[0].application.root();
  for (const auto& ledger : harbor.ledgers) {  // as after pruning: nothing to recompute the state from
    const Record erased{Table::archive, sequence_key(SequenceNumber(1)), std::nullopt};
    BOOST_REQUIRE(ledger->store.commit({&erased, 1}).has_value());
    ledger->keep_root(2, root);
  }
  BOOST_TEST(harbor.examine().state_digests_equal);
  harbor[2].keep_root(2, Digest{{1}});
  const Report report = harbor.examine();
  BOOST_TEST(!report.state_digests_equal);
  BOOST_TEST(report.violated());
  BOOST_TEST((report.common_checkpoint == SequenceNumber(2)));
}

// The stores may agree on a state that does not follow from what was decided.
BOOST_AUTO_TEST_CASE(roots_are_compared_with_the_state_that_the_slots_give) {
  Harbor harbor;
  harbor.decide(2, harbor.reservation(kDesk, 11));
  for (const auto& ledger : harbor.ledgers) ledger->keep_root(2, Digest{{1}});
  const Report report = harbor.examine();
  BOOST_TEST(!report.state_digests_equal);
  BOOST_TEST(report.violated());
}

struct BadEvidence {
  const char* what;
  Bytes (*bytes)(const Keys& keys);
};
std::ostream& operator<<(std::ostream& out, const BadEvidence& bad) { return out << bad.what; }

const BadEvidence kBadEvidence[] = {
    {"no evidence at all", [](const Keys&) { return to_bytes("hearsay"); }},
    {"a first signature that does not hold",
     [](const Keys& keys) {
       pbft::Evidence evidence = contradiction_of(keys, 3);
       evidence.first.signature.bytes[0] ^= 1;
       return pbft::encode(evidence);
     }},
    {"a second signature that does not hold",
     [](const Keys& keys) {
       pbft::Evidence evidence = contradiction_of(keys, 3);
       evidence.second->signature.bytes[0] ^= 1;
       return pbft::encode(evidence);
     }},
    {"one statement twice",
     [](const Keys& keys) {
       pbft::Evidence evidence = contradiction_of(keys, 3);
       evidence.second = evidence.first;
       return pbft::encode(evidence);
     }},
    {"the other order",
     [](const Keys& keys) {
       pbft::Evidence evidence = contradiction_of(keys, 3);
       std::swap(evidence.first, *evidence.second);
       return pbft::encode(evidence);
     }},
    {"another kind than it is",
     [](const Keys& keys) {
       pbft::Evidence evidence = contradiction_of(keys, 3);
       evidence.kind = pbft::EvidenceKind::conflicting_commits;
       return pbft::encode(evidence);
     }},
    {"a byte too many",
     [](const Keys& keys) {
       Bytes bytes = pbft::encode(contradiction_of(keys, 3));
       bytes.push_back(0);
       return bytes;
     }},
    {"another cluster's",
     [](const Keys& keys) {
       Keys others = keys;
       others.cluster = Digest{{8}};
       return pbft::encode(contradiction_of(others, 3));
     }},
};

BOOST_DATA_TEST_CASE(evidence_that_does_not_convict_is_counted_and_accuses_nobody, kBadEvidence, bad) {
  Harbor harbor;
  harbor[0].put(Table::evidence, to_bytes("key"), bad.bytes(harbor.keys));
  const Report report = harbor.examine();
  BOOST_TEST(report.signatures.evidence_rejected == 1u);
  BOOST_TEST(report.evidence.empty());
  BOOST_TEST(report.accused.empty());
  BOOST_TEST(!report.violated());
}

BOOST_AUTO_TEST_CASE(one_contradiction_counts_once_in_however_many_stores) {
  Harbor harbor;
  for (const std::uint32_t id : {0u, 1u, 2u}) harbor[id].keep_evidence(contradiction_of(harbor.keys, 3));
  harbor[2].keep_evidence(contradiction_of(harbor.keys, 1));
  const Report report = harbor.examine();
  BOOST_TEST(report.evidence.size() == 2u);
  BOOST_TEST(names(report.accused) == "1 3 ");
  BOOST_TEST(report.signatures.evidence_rejected == 0u);
  BOOST_TEST(!report.violated());  // convicted liars, and no harm done
}

BOOST_AUTO_TEST_CASE(damage_is_told_with_its_store) {
  const Bytes second = sequence_key(SequenceNumber(2));
  for (const bool sealed : {true, false}) {
    Harbor harbor;
    harbor.decide(2, nullptr);
    if (sealed) {
      harbor[1].put(Table::archive, second, to_bytes("no slot"));  // sealed well, and still nothing
    } else {
      BOOST_REQUIRE(harbor[1].disk.damage(Table::archive, second, 40, 1));
    }
    const Report report = harbor.examine();
    BOOST_REQUIRE(report.damage.size() == 1u);
    BOOST_TEST((report.damage[0].replica == ReplicaId(1)));
    BOOST_TEST((report.damage[0].what.find(to_hex(second)) != std::string::npos), report.damage[0].what);
    BOOST_TEST(report.violated());
  }
}

BOOST_AUTO_TEST_CASE(a_slot_kept_under_another_number_is_damage) {
  Harbor harbor;
  const Bytes first = harbor[0].store.get(Table::archive, sequence_key(SequenceNumber(1))).value().value();
  harbor[0].put(Table::archive, sequence_key(SequenceNumber(2)), first);
  BOOST_TEST(harbor.examine().damage.size() == 1u);
}

// Slots beyond a gap were decided, and not delivered: the state does not have them yet.
BOOST_AUTO_TEST_CASE(a_history_ends_at_its_first_gap) {
  Harbor harbor;
  harbor[0].decide(3, nullptr);
  const Report report = harbor.examine({0});
  BOOST_TEST(report.slots == 1u);
  BOOST_TEST(!report.violated());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit

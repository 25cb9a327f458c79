// The audit of stores that hold no signatures: logs that differ are a conflict, and nobody can be accused of it.
#include <boost/test/unit_test.hpp>

#include "raft/entry.hpp"
#include "tests/support/audit_rig.hpp"

namespace breakwater::audit {
namespace {

using namespace testing;

// Three Raft stores; slot 1 of each opens suites C-1 and C-2 of voyage V.
struct RaftGroup {
  RaftGroup() {
    for (std::uint32_t id = 0; id < 3; ++id) ledgers.push_back(std::make_unique<Ledger>(keys, id));
    for (std::uint32_t id = 0; id < 3; ++id) {
      commit(id, 1, Harbor::batch(1, {keys.request(kOperator, 1, booking::Open{"V", "C", 2, {}})}));
    }
  }
  // In replica `id`'s log, whatever the others' say.
  void commit(std::uint32_t id, std::uint64_t sequence, const BatchPtr& batch, std::uint64_t term = 1) {
    Ledger& ledger = *ledgers[id];
    const SequenceNumber n(sequence);
    ledger.put(Table::archive, sequence_key(n), raft::encode_archived({n, {ViewNumber(term), batch}}));
    ledger.application.apply({n, ViewNumber(term), batch, keys.config.is_checkpoint(n)});
    if (keys.config.is_checkpoint(n)) ledger.keep_root(sequence, ledger.application.root());
  }
  Report examine() const {
    std::map<ReplicaId, const Store*> stores;
    for (std::uint32_t id = 0; id < 3; ++id) stores[ReplicaId(id)] = &ledgers[id]->store;
    const Group group{{keys.roster, decode_raft_slot, {keys.config.checkpoint_interval, 0}}, std::nullopt};
    return audit::examine(group, stores, [](ReplicaId, SequenceNumber) {});
  }
  BatchPtr race(bool reversed) const {
    RequestPtr one = keys.request(kDesk, 1, booking::Reserve{{"V", "C-1", std::nullopt}, 8841});
    RequestPtr other = keys.request(kOtherDesk, 1, booking::Reserve{{"V", "C-1", std::nullopt}, 8849});
    if (reversed) std::swap(one, other);
    return Harbor::batch(2, {one, other});
  }

  Keys keys;
  std::vector<std::unique_ptr<Ledger>> ledgers;
};

BOOST_AUTO_TEST_SUITE(audit_of_raft_stores)

BOOST_AUTO_TEST_CASE(equal_logs_of_different_lengths_are_safe) {
  RaftGroup group;
  for (const std::uint32_t id : {0u, 1u, 2u}) group.commit(id, 2, group.race(false));
  for (const std::uint32_t id : {0u, 1u}) group.commit(id, 3, nullptr, 2);  // with which a leader begins its term
  const Report report = group.examine();
  BOOST_TEST(!report.violated());
  BOOST_TEST(report.slots == 3u);
  BOOST_TEST(report.conflicts.empty());
  BOOST_TEST((report.common_checkpoint == SequenceNumber(2)));
  BOOST_TEST(report.signatures.certificates_checked == 0u);
  BOOST_TEST((report.accountability == Accountability::no_conflict));
}

BOOST_AUTO_TEST_CASE(two_orders_of_one_slot_sell_a_suite_twice_and_nobody_can_be_named) {
  RaftGroup group;
  for (const std::uint32_t id : {0u, 1u, 2u}) group.commit(id, 2, group.race(id == 2));
  const Report report = group.examine();
  BOOST_TEST(report.violated());
  BOOST_TEST_REQUIRE(report.conflicts.size() == 1u);
  BOOST_TEST(report.conflicts[0].sequence.value == 2u);
  BOOST_TEST(report.conflicts[0].replicas.size() == 2u);
  BOOST_TEST(sales(report.double_sold) == "V/C-1: 8841 8849;");
  BOOST_TEST(!report.state_digests_equal);
  BOOST_TEST(report.accused.empty());
  BOOST_TEST((report.accountability == Accountability::indeterminate));
}

BOOST_AUTO_TEST_CASE(a_root_that_does_not_follow_from_the_log_is_told) {
  RaftGroup group;
  for (const std::uint32_t id : {0u, 1u, 2u}) group.commit(id, 2, group.race(false));
  group.ledgers[1]->keep_root(2, Digest{{9}});
  const Report report = group.examine();
  BOOST_TEST(report.violated());
  BOOST_TEST(!report.state_digests_equal);
}

BOOST_AUTO_TEST_CASE(a_record_of_the_other_engine_is_damage) {
  RaftGroup group;
  group.ledgers[0]->decide(2, nullptr);
  const Report report = group.examine();
  BOOST_TEST_REQUIRE(report.damage.size() == 1u);
  BOOST_TEST(report.damage[0].replica.value == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit

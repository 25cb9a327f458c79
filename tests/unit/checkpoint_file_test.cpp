// A checkpoint as a portable file: what it holds, who believes it, and what a store made of it may do.
#include "audit/checkpoint_file.hpp"

#include <boost/test/unit_test.hpp>

#include "audit/store_report.hpp"
#include "crypto/authenticator.hpp"
#include "replica/leaf_keys.hpp"
#include "store/content_check.hpp"
#include "tests/support/audit_rig.hpp"

namespace breakwater::audit::testing {
namespace {

// A group at a stable checkpoint: slot 2, as the interval of the rig's keys is.
struct Stage {
  Stage() : checker(harbor.keys.roster), group{{harbor.keys.roster, decode_pbft_slot, {2}}, std::nullopt} {
    group.signatures.emplace(checker, harbor.keys.config);
    harbor.decide(2, harbor.reservation(kDesk, 11));
    for (std::uint32_t id = 0; id < kReplicas; ++id) keep_checkpoint(harbor[id], 2);
  }
  // As a replica does: leaves, root and the certificate.
  void keep_checkpoint(Ledger& ledger, std::uint64_t sequence) {
    std::vector<Record> leaves = ledger.application.take_unsaved();
    BOOST_REQUIRE(ledger.store.commit_sealed(leaves));
    ledger.keep_root(sequence, ledger.application.root());
    ledger.put(Table::meta, to_bytes("checkpoint"), Writer().u64(sequence).take());
    Writer stable;
    encode(stable, harbor.keys.certificate(
                       harbor.keys.statement(StatementKind::checkpoint, sequence, ledger.application.root()), kQuorum));
    ledger.put(Table::journal, to_bytes("S"), stable.take());
  }
  CheckpointFile file() {
    auto read = read_checkpoint(harbor[0].store, harbor.keys.cluster, "pbft", group);
    BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
    return *read;
  }
  std::string refusal(const CheckpointFile& file) const {
    return refusal_of(file, harbor.keys.cluster, "pbft", group).value_or("");
  }

  Harbor harbor;
  Ed25519Checker checker;
  Group group;
};

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_SUITE(checkpoint_file)

BOOST_AUTO_TEST_CASE(a_checkpoint_travels_and_is_believed) {
  Stage stage;
  const CheckpointFile file = stage.file();
  BOOST_TEST(file.sequence.value == 2u);
  BOOST_TEST(!file.leaves.empty());
  const auto again = decode_checkpoint_file(encode(file));
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((encode(*again) == encode(file)));
  BOOST_TEST(stage.refusal(*again) == "");
}

BOOST_AUTO_TEST_CASE(any_flipped_byte_and_any_truncation_is_refused) {
  Stage stage;
  const Bytes whole = encode(stage.file());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes flipped = whole;
    flipped[i] ^= 0x20;
    BOOST_TEST(!decode_checkpoint_file(flipped).has_value());
  }
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    BOOST_TEST(!decode_checkpoint_file(ByteView(whole).first(size)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_format_is_named) {
  Stage stage;
  Bytes bytes = encode(stage.file());
  bytes[std::string_view("breakwater checkpoint\n").size()] = 9;
  const auto decoded = decode_checkpoint_file(bytes);
  BOOST_REQUIRE(!decoded.has_value());
  BOOST_TEST(mentions(decoded.error(), "has checkpoint format 9, this program knows format 1"), decoded.error());
}

BOOST_AUTO_TEST_CASE(what_the_group_did_not_certify_is_refused) {
  Stage stage;
  const CheckpointFile good = stage.file();
  CheckpointFile bad = good;
  bad.leaves.front().second.push_back(0);
  BOOST_TEST(stage.refusal(bad) == "its leaves do not hash to its root");
  bad = good;
  bad.leaves.pop_back();
  BOOST_TEST(stage.refusal(bad) == "its leaves do not hash to its root");
  bad = good;
  std::swap(bad.leaves.front(), bad.leaves.back());
  BOOST_TEST(stage.refusal(bad) == "its leaves are out of order");
  bad = good;
  bad.cluster = Digest{{9}};
  BOOST_TEST(mentions(stage.refusal(bad), "it is of cluster 09"), stage.refusal(bad));
  bad = good;
  bad.engine = "raft";
  BOOST_TEST(mentions(stage.refusal(bad), "of the engine raft"));
  bad = good;
  bad.certificate.reset();
  BOOST_TEST(mentions(stage.refusal(bad), "no certificate"));
  bad = good;
  bad.certificate->entries.pop_back();
  BOOST_TEST(stage.refusal(bad) == "its certificate does not hold");
  bad = good;
  bad.certificate->entries[0].signature.bytes[3] ^= 1;
  BOOST_TEST(stage.refusal(bad) == "its certificate does not hold");
  bad = good;
  bad.sequence = SequenceNumber(4);
  BOOST_TEST(stage.refusal(bad) == "its last slot is not the checkpoint's");
  bad.slot.clear();
  BOOST_TEST(stage.refusal(bad) == "its certificate is of another state");
}

BOOST_AUTO_TEST_CASE(a_state_that_is_not_the_certified_one_is_not_exported) {
  Stage stage;
  Ledger& ledger = stage.harbor[0];
  ledger.put(Table::meta, to_bytes("checkpoint"), Writer().u64(4).take());
  const auto read = read_checkpoint(ledger.store, stage.harbor.keys.cluster, "pbft", stage.group);
  BOOST_REQUIRE(!read.has_value());
  BOOST_TEST(mentions(read.error().message, "its state is of checkpoint 4, the last certified is checkpoint 2"),
             read.error().message);
}

BOOST_AUTO_TEST_CASE(an_imported_store_says_so_until_its_replica_has_joined) {
  Stage stage;
  const CheckpointFile file = stage.file();
  MemoryDisk disk;
  const StoreIdentity ours{stage.harbor.keys.cluster, ReplicaId(3), Incarnation(1)};
  Store store = Store::open(disk, ours).value();
  BOOST_REQUIRE(fill_imported(store, history_in(file), records_of(file)).has_value());
  BOOST_TEST(check_content(disk).value().sound());
  Store again = Store::open(disk, ours).value();
  BOOST_TEST(!again.was_empty());
  BOOST_TEST((import_mark_of(again).value() == GivenHistory{SequenceNumber(2), ViewNumber(0)}));
  const StoreReport report = read_store(stage.group, again);
  BOOST_TEST(report.problems.empty());
  BOOST_TEST(report.checkpoint_is_certified);
  BOOST_TEST((report.root == file.root));
  BOOST_TEST((encode(read_checkpoint(again, stage.harbor.keys.cluster, "pbft", stage.group).value()) == encode(file)));
  BOOST_REQUIRE(clear_import_mark(again).has_value());
  BOOST_TEST(!import_mark_of(again).value().has_value());
}

// Without its identity a store is nobody's: a crash before the end of an import leaves one that no replica takes.
BOOST_AUTO_TEST_CASE(a_half_imported_store_is_refused) {
  Stage stage;
  const CheckpointFile file = stage.file();
  MemoryDisk disk;
  const StoreIdentity ours{stage.harbor.keys.cluster, ReplicaId(3), Incarnation(1)};
  Store store = Store::open(disk, ours).value();
  disk.fail_commit(1);
  BOOST_TEST(!fill_imported(store, history_in(file), records_of(file)).has_value());
  const auto opened = Store::open(disk, ours);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(mentions(opened.error().message, "holds data but no identity"), opened.error().message);
}

BOOST_AUTO_TEST_CASE(a_report_names_what_does_not_fit_together) {
  Stage stage;
  BOOST_TEST(read_store(stage.group, stage.harbor[0].store).problems.empty());
  BOOST_TEST(read_store(stage.group, stage.harbor[0].store).last_slot->value == 2u);
  const auto first_problem = [&](std::size_t id) {
    const auto problems = read_store(stage.group, stage.harbor[id].store).problems;
    return problems.empty() ? std::string() : problems.front();
  };
  stage.harbor[0].put(Table::leaves, stored_leaf_key(as_bytes("zz")), to_bytes("more"));
  BOOST_TEST(mentions(first_problem(0), "do not hash to its root"), first_problem(0));
  stage.harbor[1].put(Table::archive, sequence_key(SequenceNumber(3)), to_bytes("junk"));
  BOOST_TEST(mentions(first_problem(1), "does not decode"), first_problem(1));
  stage.harbor[2].decide(3, nullptr, {0, 1});
  BOOST_TEST(mentions(first_problem(2), "the certificate of slot 3 does not hold"), first_problem(2));
  stage.harbor[3].put(Table::journal, to_bytes("S"), to_bytes("junk"));
  BOOST_TEST(mentions(first_problem(3), "certificate does not decode"), first_problem(3));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit::testing

// Where the committed corpus comes from: `test_corpus --write-seeds` writes these beside what fuzzing has found.
#include "audit/checkpoint_file.hpp"
#include "booking/booking_machine.hpp"
#include "crypto/batch.hpp"
#include "crypto/receipt.hpp"
#include "net/codec.hpp"
#include "net/frame_pack.hpp"
#include "node/cluster_config.hpp"
#include "pbft/evidence.hpp"
#include "replication/sessions.hpp"
#include "store/lmdb_check.hpp"
#include "store/lmdb_disk.hpp"
#include "store/store.hpp"
#include "tests/codec/fuzz/targets.hpp"
#include "tests/codec/samples.hpp"
#include "tests/support/scratch.hpp"

namespace breakwater::fuzz {

using namespace pbft;

namespace {

void add_messages(std::vector<Seed>& out) {
  for (const auto& sample : samples::replica_samples()) {
    const PbftMessage& message = *sample.message;
    out.push_back({"replica_frame", sample.name, encode_frame(message)});
    if (const auto* m = dynamic_cast<const PrePrepare*>(&message); m != nullptr && m->batch != nullptr) {
      out.push_back({"batch", sample.name, m->batch->encoded});
      out.push_back({"evidence", "forged_request",
                     encode(Evidence{EvidenceKind::forged_request, m->header, std::nullopt, m->batch->encoded})});
    }
    if (const auto* m = dynamic_cast<const ViewChange*>(&message)) {
      out.push_back({"view_change_body", sample.name, m->encoded_body});
      out.push_back({"evidence", "bad_view_change",
                     encode(Evidence{EvidenceKind::bad_view_change, m->header, std::nullopt, m->encoded_body})});
    }
    if (const auto* m = dynamic_cast<const NewView*>(&message)) {
      out.push_back({"new_view_body", sample.name, m->encoded_body});
      out.push_back({"evidence", "bad_new_view",
                     encode(Evidence{EvidenceKind::bad_new_view, m->header, std::nullopt, m->encoded_body})});
    }
    if (const auto* m = dynamic_cast<const DecidedSlot*>(&message)) {
      Writer writer;
      encode(writer, m->commits);
      out.push_back({"certificate", sample.name, writer.take()});
      out.push_back({"archived_slot", sample.name, encode_archived(m->commits, m->batch)});
    }
    if (const auto* m = dynamic_cast<const StatementMessage*>(&message)) {
      const auto bare = m->header.statement.encode();
      out.push_back({"statement", sample.name, Bytes(bare.begin(), bare.end())});
      Writer writer;
      encode(writer, m->header);
      out.push_back({"statement", sample.name + "_signed", writer.take()});
    }
    if (const auto* m = dynamic_cast<const Proof*>(&message)) {
      if (const auto evidence = contradiction(m->first, m->second, m->body)) {
        out.push_back({"evidence", "hidden_prepared", encode(*evidence)});
      }
    }
  }
  for (const auto& sample : samples::raft_samples()) {
    out.push_back({"raft_frame", sample.name, encode_frame(*sample.message)});
    if (const auto* m = dynamic_cast<const raft::CommittedSlot*>(sample.message.get())) {
      out.push_back({"raft_entry", sample.name, raft::encode_archived(m->archived)});
      out.push_back({"raft_entry", sample.name + "_entry", raft::encode_entry(m->archived.entry)});
    }
  }
  for (const auto& sample : samples::transfer_samples()) {
    out.push_back({"transfer_frame", sample.name, encode_frame(*sample.message)});
  }
  for (const auto& sample : samples::client_samples()) {
    out.push_back({sample.to_replica ? "client_frame" : "answer_frame", sample.name, sample.frame});
  }
  FramePack pack(static_cast<std::int64_t>(kMaxPackedBytes));
  for (const auto& sample : samples::client_samples()) pack.add(sample.frame);
  out.push_back({"frame_pack", "client_samples", {pack.bytes().begin(), pack.bytes().end()}});
}

void add_state(std::vector<Seed>& out) {
  using namespace booking;  // NOLINT: every name here is its command
  const booking::Target by_class{"V", std::nullopt, "A"}, by_suite{"V", "A-2", std::nullopt};
  const std::vector<Command> commands = {Open{"V", "A", 3, {}},
                                         Open{"V", "B", 0, {"S11", "S12"}},
                                         Reserve{by_class, 101},
                                         Hold{by_suite, 102, 60},
                                         Confirm{102},
                                         Reserve{by_class, 103},
                                         Cancel{103},
                                         Show{"V", std::nullopt, std::nullopt},
                                         Show{std::nullopt, std::nullopt, 101},
                                         Acquire{"J", "A", 60},
                                         Renew{"J", 1, 30},
                                         CheckFence{"J", 1},
                                         BumpEpoch{0},
                                         AssignShard{"H", "O", 0},
                                         Reserve{by_class, 104, {Fence{"J", 1}, 1}},
                                         Confirm{104, {Fence{"J", 2}, std::nullopt}},
                                         Cancel{104, {std::nullopt, 0}},
                                         Hold{by_class, 105, 60, {std::nullopt, 1}},
                                         ShowShard{"H"},
                                         ShowJob{"J"},
                                         ShowEpoch{},
                                         Release{"J", 1}};
  BookingMachine machine;
  std::vector<Bytes> encoded;
  for (const Command& command : commands) {
    encoded.push_back(encode(command));
    const std::string name = std::string(kind_of(command)) + "_" + std::to_string(encoded.size());
    out.push_back({"command", name, encoded.back()});
    const Bytes result = machine.apply(encoded.back(), {ClientId(0), ClientRole::operator_role, AgreedTime(1)});
    out.push_back({"command", "result_" + name, result});
  }
  out.push_back({"command", "list", encode_commands(encoded)});
  std::size_t leaf = 0;
  Writer all;
  for (const Bytes& key : machine.take_changed()) {
    const auto value = machine.leaf(key);
    if (!value) continue;
    out.push_back({"booking_leaf", "leaf_" + std::to_string(++leaf), Writer().blob(key).blob(*value).take()});
    all.blob(key).blob(*value);
  }
  out.push_back({"booking_leaf", "all", all.take()});
  // Taken once although leaf() gives back another form.
  const Bytes key = Writer().u8('b').u8('c').text("V").text("C").take();
  const Bytes unordered = Writer().u32(2).text("C-10").text("C-2").take();
  const Bytes one = Writer().u32(1).text("C-1").take(), another = Writer().u32(1).text("C-2").take();
  out.push_back({"booking_leaf", "unordered_names", Writer().blob(key).blob(unordered).take()});
  out.push_back({"booking_leaf", "one_class_twice", Writer().blob(key).blob(one).blob(key).blob(another).take()});
  SessionTable sessions;
  for (const std::uint64_t number : {1u, 2u, 300u}) {
    sessions.remember(ClientId(7), RequestNumber(number), {{}, SequenceNumber(number), {to_bytes("result"), {}}});
    out.push_back({"session_leaf", "up_to_" + std::to_string(number), *sessions.leaf(sessions.take_changed()[0])});
  }
}

void add_texts(std::vector<Seed>& out) {
  ClusterConfig config;
  config.cluster.bytes.fill(7);
  config.engine = "pbft";
  for (std::uint32_t id = 0; id < 4; ++id) {
    ReplicaEntry replica{ReplicaId(id), Incarnation(0), "127.0.0.1", 0, 0, {}, {}, {}, {}, {}};
    replica.replica_port = static_cast<std::uint16_t>(7000 + id);
    replica.client_port = static_cast<std::uint16_t>(7100 + id);
    replica.key.bytes.fill(static_cast<std::uint8_t>(id + 1));
    replica.curve_key.bytes.fill(static_cast<std::uint8_t>(id + 11));
    config.replicas.emplace(replica.id, replica);
  }
  ClientConfigEntry client{ClientId(0), "operator", ClientRole::operator_role, {}, {}};
  client.key.bytes.fill(21);
  client.curve_key.bytes.fill(22);
  config.clients.emplace(client.id, client);
  out.push_back({"cluster_toml", "group_of_four", to_bytes(to_toml(config))});
  config.engine = "raft";
  config.replicas.erase(ReplicaId(3));
  out.push_back({"cluster_toml", "raft_group_of_three", to_bytes(to_toml(config))});
  out.push_back({"trace_csv", "three_events",
                 to_bytes("date,action,voyage,class,booking\n2026-01-02,reserve,V,A,101\n2026-01-03,confirm,V,A,101\n"
                          "2026-01-04,cancel,V,A,101\n")});
  out.push_back({"trace_csv", "header_only", to_bytes("date,action,voyage,class,booking\r\n")});
  out.push_back({"trace_csv", "truncated", to_bytes("date,action,voyage,class,booking\n2026-01-02,reserve,V,A,10")});
}

// One request of three in a slot, and a slot's only one. Nobody signed them: a signature is 64 bytes like any.
void add_receipts(std::vector<Seed>& out) {
  const Bytes body = encode_commands({booking::encode(booking::Reserve{{"V", "S12", std::nullopt}, 8841})});
  const std::vector<Bytes> results = {to_bytes("taken")};
  const Digest leaf = result_leaf(ClientId(1), RequestNumber(3), request_body_digest(body), results);
  for (const auto& leaves : {std::vector<Digest>{leaf}, {Digest{{1}}, Digest{{2}}, leaf}}) {
    const auto place = static_cast<std::uint32_t>(leaves.size() - 1);
    Receipt receipt{ClientId(1), RequestNumber(3), body, results, MerkleTree(leaves).path(place), {}};
    receipt.replies.statement =
        without_signer(reply_statement(Digest{{7}}, {}, SequenceNumber(17), MerkleTree(leaves).root()));
    for (const std::uint32_t id : {0u, 2u}) receipt.replies.entries.push_back({ReplicaId(id), Incarnation(1), {}});
    out.push_back({"receipt", "of_" + std::to_string(leaves.size()), encode(receipt)});
  }
}

// A store with little in it, and with a value that has pages of its own and a list of free pages.
void add_store_files(std::vector<Seed>& out) {
  const testing::Scratch scratch;
  const auto add = [&](const std::string& name) {
    Bytes file = testing::content_of_file(scratch.path() / "data.mdb");
    const FileCheck check = check_file(file);
    BW_ASSERT(check.sound());
    file.resize((check.pages + 1) * 4096);
    out.push_back({"store_file", name, file});
  };
  const auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write, StoreSize{std::size_t{1} << 24}).value();
  Store store = Store::open(*disk, {Digest{{7}}, ReplicaId(1), Incarnation(0)}).value();
  BW_ASSERT(store.claim());
  add("claimed");
  std::vector<Record> records;
  for (std::uint8_t i = 0; i < 3; ++i) records.push_back({Table::journal, Bytes{i}, Bytes(900, i)});
  records.push_back({Table::archive, Bytes(8, 1), Bytes(5000, 2)});
  BW_ASSERT(store.commit(records));
  for (Record& record : records) record.value.reset();
  BW_ASSERT(store.commit(std::span(records).first(2)));
  add("some_values");
}

void add_checkpoint_files(std::vector<Seed>& out) {
  audit::CheckpointFile file{Digest{{7}}, "raft", SequenceNumber(128), Digest{{8}}, {}, to_bytes("slot"), {}};
  for (const char* key : {"a", "b"}) file.leaves.emplace_back(to_bytes(key), to_bytes("leaf"));
  const auto add = [&](const char* name) {
    Bytes bytes = audit::encode(file);
    bytes.resize(bytes.size() - Digest::kSize);
    out.push_back({"checkpoint_file", name, bytes});
  };
  add("unsigned");
  file.engine = "pbft";
  file.certificate.emplace(
      without_signer({StatementKind::checkpoint, file.cluster, {}, ViewNumber(0), file.sequence, file.root}));
  for (const std::uint32_t id : {0u, 2u, 3u}) file.certificate->entries.push_back({ReplicaId(id), Incarnation(0), {}});
  add("certified");
}

// Scripts for a replica (replica_target.cpp): honest slots, then what each kind of input does to it.
void add_scripts(std::vector<Seed>& out) {
  constexpr std::uint8_t kDecide = 16, kTick = 12, kRestart = 14;
  Bytes slots{kTick, 0};
  for (std::uint8_t i = 0; i < 9; ++i) slots.insert(slots.end(), {kDecide, i});
  out.push_back({"replica_inputs", "nine_slots", slots});
  Bytes restarts;
  for (std::uint8_t i = 0; i < 9; ++i) restarts.insert(restarts.end(), {kDecide, i, kRestart});
  out.push_back({"replica_inputs", "restarts", restarts});
  for (std::uint8_t input = 0; input < 17; ++input) {
    Bytes script{kTick, 0, kDecide, 3, kDecide, 4};
    for (std::uint8_t i = 0; i < 24; ++i) script.insert(script.end(), {input, i, 1, static_cast<std::uint8_t>(2 * i)});
    out.push_back({"replica_inputs", "input_" + std::to_string(input), script});
  }
  out.push_back({"replica_inputs", "timeout", Bytes{kTick, 0, 11, 4, kTick, 249, kDecide, 5, kTick, 249, kRestart}});
}

}  // namespace

std::vector<Seed> seeds() {
  std::vector<Seed> out;
  add_messages(out);
  add_state(out);
  add_texts(out);
  add_receipts(out);
  add_store_files(out);
  add_checkpoint_files(out);
  add_scripts(out);
  return out;
}

}  // namespace breakwater::fuzz

// Stores of a group of four built by hand, with real signatures, for the audit to examine.
#pragma once

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <set>

#include "audit/audit.hpp"
#include "booking/booking_machine.hpp"
#include "crypto/batch.hpp"
#include "crypto/keys.hpp"
#include "replica/application.hpp"
#include "store/memory_disk.hpp"

namespace breakwater::audit::testing {

inline constexpr std::uint64_t kSecond = 1'000'000;
inline constexpr std::uint32_t kReplicas = 4;
inline const ClientId kOperator(0), kDesk(1), kOtherDesk(2);
inline const std::vector<std::uint32_t> kQuorum = {0, 1, 2};

inline Seed seed_of(std::uint8_t role, std::uint32_t id) {
  Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(16 * role + id));
  return seed;
}

// The keys of a group of four, and what they sign.
class Keys {
 public:
  Keys() {
    roster = Roster(cluster);
    config.cluster = cluster;
    config.incarnations = roster.incarnations();
    config.checkpoint_interval = 2;
    config.log_window = 4;
    for (std::uint32_t id = 0; id < kReplicas; ++id) {
      const SigningKey key = SigningKey::from_seed(seed_of(1, id));
      roster.add_replica(ReplicaId(id), Incarnation(1), key.public_key());
    }
    for (const ClientId id : {kOperator, kDesk, kOtherDesk}) {
      const SigningKey key = SigningKey::from_seed(seed_of(2, id.value));
      roster.add_client(id, {key.public_key(), id == kOperator ? ClientRole::operator_role : ClientRole::desk});
    }
  }

  SignedStatement signed_by(std::uint32_t replica, Statement statement) const {
    statement.signer = config.signatory(ReplicaId(replica));
    return {statement, SigningKey::from_seed(seed_of(1, replica)).sign(statement.encode())};
  }

  RequestPtr request(ClientId client, std::uint64_t number, const booking::Command& command) const {
    Request request = make_request(client, RequestNumber(number), encode_commands({booking::encode(command)}), {});
    const SigningKey key = SigningKey::from_seed(seed_of(2, client.value));
    request.signature = key.sign(request_statement(cluster, request).encode());
    return std::make_shared<Request>(request);
  }

  Statement statement(StatementKind kind, std::uint64_t sequence, const Digest& digest, std::uint64_t view = 0) const {
    return without_signer({kind, cluster, {}, ViewNumber(view), SequenceNumber(sequence), digest});
  }

  Certificate certificate(const Statement& statement, const std::vector<std::uint32_t>& signers) const {
    Certificate out{statement, {}};
    for (const std::uint32_t id : signers) {
      out.entries.push_back({ReplicaId(id), Incarnation(1), signed_by(id, statement).signature});
    }
    return out;
  }

  Digest cluster{{7}};
  Roster roster;
  pbft::Config config;
};

// One replica's store, as a correct replica fills it.
struct Ledger {
  Ledger(const Keys& k, std::uint32_t replica)
      : keys(k), store(Store::open(disk, {k.cluster, ReplicaId(replica), Incarnation(1)}).value()) {
    BOOST_REQUIRE(store.claim().has_value());
  }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void put(Table table, const Bytes& key, const Bytes& value) {
    const Record record{table, key, value};
    BOOST_REQUIRE(store.commit({&record, 1}).has_value());
  }
  void keep_root(std::uint64_t sequence, const Digest& root) {
    put(Table::roots, sequence_key(SequenceNumber(sequence)), {root.bytes.begin(), root.bytes.end()});
  }
  void keep_evidence(const pbft::Evidence& evidence) {
    put(Table::evidence, pbft::evidence_key(evidence), pbft::encode(evidence));
  }
  // With any certificate, valid or not.
  void keep(const Certificate& commits, const BatchPtr& batch) {
    const SequenceNumber n = commits.statement.sequence;
    put(Table::archive, sequence_key(n), pbft::encode_archived(commits, batch));
    application.apply({n, commits.statement.view, batch, keys.config.is_checkpoint(n)});
    if (keys.config.is_checkpoint(n)) keep_root(n.value, application.root());
  }
  void decide(std::uint64_t sequence, const BatchPtr& batch, const std::vector<std::uint32_t>& signers = kQuorum,
              std::uint64_t view = 0) {
    const Digest digest = batch == nullptr ? kNullDigest : batch->digest;
    keep(keys.certificate(keys.statement(StatementKind::commit, sequence, digest, view), signers), batch);
  }

  const Keys& keys;
  MemoryDisk disk;
  Store store;
  booking::BookingMachine machine;
  Application application{machine, keys.roster, {keys.config.checkpoint_interval, keys.config.log_window}};
};

inline booking::Reserve reserve_of_class(std::uint64_t number) { return {{"V", std::nullopt, "C"}, number}; }

// A group with a ledger per replica. Slot 1 of every history opens suites C-1 and C-2 of voyage V.
struct Harbor {
  Harbor() {
    for (std::uint32_t id = 0; id < kReplicas; ++id) ledgers.push_back(std::make_unique<Ledger>(keys, id));
    decide(1, batch(1, {keys.request(kOperator, 1, booking::Open{"V", "C", 2, {}})}));
  }

  static BatchPtr batch(std::uint64_t second, std::vector<RequestPtr> requests) {
    return make_batch(AgreedTime(second * kSecond), std::move(requests));
  }
  // Decided alike by all replicas.
  void decide(std::uint64_t sequence, const BatchPtr& decided) {
    for (const auto& ledger : ledgers) ledger->decide(sequence, decided);
  }
  Ledger& operator[](std::size_t id) { return *ledgers[id]; }
  BatchPtr reservation(ClientId client, std::uint64_t number) const {
    return batch(2, {keys.request(client, 1, reserve_of_class(number))});
  }

  Report examine(const std::vector<std::uint32_t>& present = {0, 1, 2, 3}) const {
    std::map<ReplicaId, const Store*> stores;
    for (const std::uint32_t id : present) stores[ReplicaId(id)] = &ledgers[id]->store;
    const Ed25519Checker checker(keys.roster);
    const Group group{{keys.roster, decode_pbft_slot, {keys.config.checkpoint_interval, keys.config.log_window}},
                      SignedGroup{checker, keys.config}};
    return audit::examine(group, stores, [](ReplicaId, SequenceNumber) {});
  }

  Keys keys;
  std::vector<std::unique_ptr<Ledger>> ledgers;
};

// Two prepares that no correct replica signs both.
inline pbft::Evidence contradiction_of(const Keys& keys, std::uint32_t replica) {
  const auto prepare = [&](std::uint8_t digest) {
    return keys.signed_by(replica, keys.statement(StatementKind::prepare, 9, Digest{{digest}}));
  };
  return pbft::contradiction(prepare(1), prepare(2), {}).value();
}

inline std::string names(const std::set<ReplicaId>& replicas) {
  std::string out;
  for (const ReplicaId id : replicas) out += std::to_string(id.value) + " ";
  return out;
}

inline std::string sales(const std::vector<DoubleSale>& double_sold) {
  std::string out;
  for (const DoubleSale& sale : double_sold) {
    out += sale.suite.voyage + "/" + sale.suite.suite + ":";
    for (const booking::BookingNumber number : sale.bookings) out += " " + std::to_string(number);
    out += ";";
  }
  return out;
}

}  // namespace breakwater::audit::testing

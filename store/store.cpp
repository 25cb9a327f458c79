#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace breakwater {

namespace {

const Bytes kIdentityKey = to_bytes("identity");  // format u32, cluster 32, replica u32, incarnation u32

StoreError damaged(const std::string& where, Table table, ByteView key) {
  return {where + ": the value of " + std::string(name_of(table)) + "/" + to_hex(key) +
          " is damaged; restore this replica's store, or remove the replica from service"};
}

// Visits sealed values and passes on what they hold; stops at the first damaged one.
struct Unsealing {
  const std::string where;
  Table table;
  const std::function<bool(ByteView key, ByteView value)>& visit;
  std::optional<StoreError> damage;

  bool operator()(ByteView key, ByteView sealed) {
    const auto value = unseal_value(table, key, sealed);
    if (value) return visit(key, *value);
    damage = damaged(where, table, key);
    return false;
  }
};

// Into the disk's order; of several words on one key the last stays.
void put_in_order(std::vector<Record>& records) {
  std::array<std::vector<Record*>, kTableCount> tables;
  for (Record& record : records) tables[static_cast<std::size_t>(record.table)].push_back(&record);
  std::vector<Record> ordered;
  ordered.reserve(records.size() + 1);  // and the head
  const auto place = [](const Record* record) { return std::pair(as_text(record->key), record); };
  for (auto& table : tables) {
    // A checkpoint's leaves, the many, are.
    if (!std::ranges::is_sorted(table, {}, place)) std::ranges::sort(table, {}, place);
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (i + 1 == table.size() || table[i]->key != table[i + 1]->key) ordered.push_back(std::move(*table[i]));
    }
  }
  records = std::move(ordered);
}

std::string describe(const StoreIdentity& identity) {
  return "replica " + std::to_string(identity.replica.value) + " (incarnation " +
         std::to_string(identity.incarnation.value) + ") of cluster " + to_hex(identity.cluster.view()).substr(0, 16);
}

}  // namespace

std::expected<Store, StoreError> Store::open_any(Disk& disk) {
  Store store(disk);
  const auto value = store.get(Table::meta, kIdentityKey);
  if (!value) return std::unexpected(value.error());
  if (!*value) {
    return std::unexpected(StoreError{disk.where() + " holds no store yet; start its replica first"});
  }
  Reader in(**value);
  const std::uint32_t format = in.u32();
  if (format != kStoreFormat) {
    return std::unexpected(StoreError{disk.where() + " has store format " + std::to_string(format) +
                                      ", this program knows format " + std::to_string(kStoreFormat) +
                                      "; use the program that wrote it"});
  }
  store.identity_.cluster = in.fixed<Digest>();
  store.identity_.replica = ReplicaId(in.u32());
  store.identity_.incarnation = Incarnation(in.u32());
  if (!in.finished()) return std::unexpected(damaged(disk.where(), Table::meta, kIdentityKey));
  const auto head = store.get(Table::meta, head_key());
  if (!head) return std::unexpected(head.error());
  const std::optional<StoreHead> known = *head ? decode_head(**head) : std::nullopt;
  if (!known) return std::unexpected(damaged(disk.where(), Table::meta, head_key()));
  store.head_ = *known;
  return store;
}

std::expected<Store, StoreError> Store::open(Disk& disk, const StoreIdentity& identity,
                                             std::optional<Incarnation> earliest) {
  const auto present = disk.get(Table::meta, kIdentityKey);
  if (!present) return std::unexpected(present.error());
  if (!*present) {
    for (std::size_t t = 0; t < kTableCount; ++t) {
      const auto last = disk.last_key(static_cast<Table>(t));
      if (!last) return std::unexpected(last.error());
      if (*last) {
        return std::unexpected(StoreError{disk.where() + " holds data but no identity; it is damaged or foreign"});
      }
    }
    Store store(disk);
    store.identity_ = identity;
    store.was_empty_ = true;
    return store;
  }
  std::expected<Store, StoreError> store = open_any(disk);
  StoreIdentity accepted = identity;
  if (store && earliest && store->identity_.incarnation >= *earliest) {
    accepted.incarnation = std::min(accepted.incarnation, store->identity_.incarnation);
  }
  if (store && store->identity_ != accepted) {
    const bool is_its_own =
        store->identity_.cluster == identity.cluster && store->identity_.replica == identity.replica;
    return std::unexpected(StoreError{
        disk.where() + " belongs to " + describe(store->identity_) + ", not to " + describe(identity) + "; " +
        (is_its_own ? "restore the key file of that incarnation, key." +
                          std::to_string(store->identity_.incarnation.value) + ", beside it"
                    : "give each replica its own store")});
  }
  return store;
}

std::expected<void, StoreError> Store::claim() {
  const auto present = disk_->get(Table::meta, kIdentityKey);
  if (!present) return std::unexpected(present.error());
  if (*present)
    return std::unexpected(StoreError{where() + " was claimed by another process meanwhile; stop that one"});
  Writer value;
  value.u32(kStoreFormat).fixed(identity_.cluster).u32(identity_.replica.value).u32(identity_.incarnation.value);
  const Record record{Table::meta, kIdentityKey, value.take()};
  return commit({&record, 1});
}

std::expected<void, StoreError> Store::commit(std::span<const Record> records) {
  std::vector<Record> all;
  all.reserve(records.size());
  for (const Record& record : records) all.push_back(sealed(record));
  return commit_sealed(all);
}

std::expected<void, StoreError> Store::commit_sealed(std::vector<Record>& records) {
  if (records.empty()) return disk_->commit(records);
  put_in_order(records);
  StoreHead head = head_;
  ++head.transactions;
  if (auto counted = count(records, head); !counted) return counted;
  records.push_back(sealed({Table::meta, head_key(), encode(head)}));
  auto done = disk_->commit(records);
  records.pop_back();
  if (done) head_ = head;
  return done;
}

// What the record replaces goes by the checksum that was stored with it, checked or not: had it been damaged since the
// start, the digest would come out wrong, and the next start would find it.
std::expected<void, StoreError> Store::count(std::span<const Record> records, StoreHead& head) const {
  for (const Record& record : records) {
    if (record.value) head.of(record.table).add(*record.value);
  }
  return disk_->find_replaced(records,
                              [&](const Record& record, ByteView before) { head.of(record.table).remove(before); });
}

std::expected<std::optional<Bytes>, StoreError> Store::get(Table table, ByteView key) const {
  auto sealed = disk_->get(table, key);
  if (!sealed) return std::unexpected(sealed.error());
  if (!*sealed) return std::optional<Bytes>{};
  const auto value = unseal_value(table, key, **sealed);
  if (!value) return std::unexpected(damaged(disk_->where(), table, key));
  return std::optional<Bytes>(Bytes(value->begin(), value->end()));
}

std::expected<void, StoreError> Store::scan(Table table, ByteView from,
                                            const std::function<bool(ByteView key, ByteView value)>& visit) const {
  Unsealing unsealing{where(), table, visit, {}};
  auto done = disk_->scan(table, from, std::ref(unsealing));
  if (!done) return done;
  if (unsealing.damage) return std::unexpected(*unsealing.damage);
  return {};
}

std::expected<bool, StoreError> FrozenStore::scan(
    Table table, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit) const {
  Unsealing unsealing{where_, table, visit, {}};
  auto done = disk_->scan(table, from, std::ref(unsealing));
  if (done && unsealing.damage) return std::unexpected(*unsealing.damage);
  return done;
}

std::expected<FrozenStore, StoreError> Store::freeze() {
  auto disk = disk_->freeze();
  if (!disk) return std::unexpected(disk.error());
  return FrozenStore(std::move(*disk), where());
}

}  // namespace breakwater

#include "store/store.hpp"

namespace breakwater {

namespace {

const Bytes kIdentityKey = to_bytes("identity");  // format u32, cluster 32, replica u32, incarnation u32

StoreError damaged(const Disk& disk, Table table, ByteView key) {
  return {disk.where() + ": the value of " + std::string(name_of(table)) + "/" + to_hex(key) +
          " is damaged; restore this replica's store, or remove the replica from service"};
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
  if (!in.finished()) return std::unexpected(damaged(disk, Table::meta, kIdentityKey));
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
    return std::unexpected(StoreError{disk.where() + " belongs to " + describe(store->identity_) + ", not to " +
                                      describe(identity) + "; give each replica its own store"});
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
  std::vector<Record> sealed;
  sealed.reserve(records.size());
  for (const Record& record : records) {
    sealed.push_back(
        {record.table, record.key,
         record.value ? std::optional(seal_value(record.table, record.key, *record.value)) : std::nullopt});
  }
  return disk_->commit(sealed);
}

std::expected<std::optional<Bytes>, StoreError> Store::get(Table table, ByteView key) const {
  auto sealed = disk_->get(table, key);
  if (!sealed) return std::unexpected(sealed.error());
  if (!*sealed) return std::optional<Bytes>{};
  const auto value = unseal_value(table, key, **sealed);
  if (!value) return std::unexpected(damaged(*disk_, table, key));
  return std::optional<Bytes>(Bytes(value->begin(), value->end()));
}

std::expected<void, StoreError> Store::scan(Table table, ByteView from,
                                            const std::function<bool(ByteView key, ByteView value)>& visit) const {
  std::optional<StoreError> damage;
  auto done = disk_->scan(table, from, [&](ByteView key, ByteView sealed) {
    const auto value = unseal_value(table, key, sealed);
    if (!value) {
      damage = damaged(*disk_, table, key);
      return false;
    }
    return visit(key, *value);
  });
  if (!done) return done;
  if (damage) return std::unexpected(*damage);
  return {};
}

}  // namespace breakwater

// A replica's durable store: sealed values, identity, format version and head over a Disk.
#pragma once

#include <expected>

#include "store/disk.hpp"
#include "store/head.hpp"
#include "store/layout.hpp"

namespace breakwater {

// Whose store this is. Written once, checked at every opening.
struct StoreIdentity {
  Digest cluster;
  ReplicaId replica;
  Incarnation incarnation;
  auto operator<=>(const StoreIdentity&) const = default;
};

// What a store held at one moment. Must not outlive the disk.
class FrozenStore {
 public:
  explicit FrozenStore(std::unique_ptr<FrozenDisk> disk, std::string where)
      : disk_(std::move(disk)), where_(std::move(where)) {}
  // As Store::scan. False: it shows nothing any more.
  std::expected<bool, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const;

 private:
  std::unique_ptr<FrozenDisk> disk_;
  std::string where_;
};

// One thread. `disk` must outlive it; nobody else may write to it meanwhile.
class Store {
 public:
  // Opens a store for `identity`: an empty one is not touched until claim(); a used one must be its own and of a known
  // format. The error says whose store it is and what to do.
  // `earliest`: a store of that incarnation up to identity.incarnation is its own; it stays the earlier one's, since
  // the later one continues it.
  static std::expected<Store, StoreError> open(Disk& disk, const StoreIdentity& identity,
                                               std::optional<Incarnation> earliest = std::nullopt);
  // For offline readers: whatever store this is.
  static std::expected<Store, StoreError> open_any(Disk& disk);

  const StoreIdentity& identity() const { return identity_; }
  const StoreHead& head() const { return head_; }
  bool was_empty() const { return was_empty_; }
  // Writes the identity into an empty store. A replica does so once it knows that it may start from nothing. An error
  // as of commit().
  std::expected<void, StoreError> claim();
  std::string where() const { return disk_->where(); }

  // Seals and commits, synced, with the head that counts what changed. Within one transaction the last word on a key
  // counts. An error means fail-stop, but for one: see StoreError::no_room.
  std::expected<void, StoreError> commit(std::span<const Record> records);
  // The same, of records that are sealed already (store/layout.hpp). They are put in the disk's order, and stay the
  // caller's.
  std::expected<void, StoreError> commit_sealed(std::vector<Record>& records);
  // A damaged value is an error that names table and key.
  std::expected<std::optional<Bytes>, StoreError> get(Table table, ByteView key) const;
  std::expected<void, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const;
  // The keys alone, whether their values are whole or not.
  std::expected<void, StoreError> scan_keys(Table table, const std::function<bool(ByteView key)>& visit) const {
    return disk_->scan(table, {}, [&](ByteView key, ByteView) { return visit(key); });
  }
  std::expected<std::optional<Bytes>, StoreError> last_key(Table table) const { return disk_->last_key(table); }
  // What the last commit left.
  std::expected<FrozenStore, StoreError> freeze();

 private:
  explicit Store(Disk& disk) : disk_(&disk) {}
  std::expected<void, StoreError> count(std::span<const Record> records, StoreHead& head) const;
  Disk* disk_;
  StoreIdentity identity_{};
  StoreHead head_;  // of the last transaction
  bool was_empty_ = false;
};

}  // namespace breakwater

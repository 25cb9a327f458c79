// The head of a store: in a few bytes, how many transactions it has taken and all that they left in each table.
#pragma once

#include <array>

#include "replication/engine.hpp"

namespace breakwater {

// A table's content as a set: how many records, and the sum of their checksums (store/layout.hpp), which cover table,
// key and value. A record that is missing, added or altered changes it, whatever the order in which they came. Guards
// against damage, as the checksums do, not against a forger.
class TableDigest {
 public:
  // `sealed`: a sealed value; at least its checksum. What is shorter is damaged, and counts as a record without one.
  void add(ByteView sealed);
  void remove(ByteView sealed);
  std::uint64_t records() const { return records_; }
  auto operator<=>(const TableDigest&) const = default;

 private:
  friend void encode(Writer& out, const TableDigest& digest);
  friend TableDigest decode_table_digest(Reader& in);
  std::uint64_t records_ = 0;
  std::array<std::uint64_t, 2> sum_{};  // each modulo 2^64
};

// records u64, sum 2 u64.
void encode(Writer& out, const TableDigest& digest);
TableDigest decode_table_digest(Reader& in);

// Part of every transaction, under head_key() in Table::meta, which its own digest leaves out.
struct StoreHead {
  std::uint64_t transactions = 0;  // dense: one more in each
  std::array<TableDigest, kTableCount> tables;

  TableDigest& of(Table table) { return tables[static_cast<std::size_t>(table)]; }
  const TableDigest& of(Table table) const { return tables[static_cast<std::size_t>(table)]; }
  auto operator<=>(const StoreHead&) const = default;
};

// transactions u64, then the digest of each table in the order of the enum.
Bytes encode(const StoreHead& head);
std::optional<StoreHead> decode_head(ByteView value);

bool is_head(Table table, ByteView key);
Bytes head_key();

}  // namespace breakwater

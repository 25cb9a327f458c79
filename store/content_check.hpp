// Is all there that a store's head says, and nothing else, and every value whole?
#pragma once

#include <string>

#include "store/disk.hpp"
#include "store/head.hpp"

namespace breakwater {

struct TableCheck {
  static constexpr std::size_t kKeysKept = 16;

  std::uint64_t records = 0, bytes = 0;  // keys and sealed values
  std::uint64_t damaged = 0;             // values whose checksum does not hold
  std::vector<Bytes> damaged_keys;       // the first kKeysKept of them
  bool complete = true;                  // the stored checksums add up to what the head says
  bool sound() const { return damaged == 0 && complete; }
};

struct ContentCheck {
  std::array<TableCheck, kTableCount> tables;
  bool empty = true;              // no records at all
  std::optional<StoreHead> head;  // as stored; nothing when absent or damaged
  std::vector<std::string> problems() const;
  // A store without any record is sound: it promised nothing.
  bool sound() const;
  const TableCheck& of(Table table) const { return tables[static_cast<std::size_t>(table)]; }
};

// Told of every record of a store, once, in any order. One thread.
class ContentChecker {
 public:
  void add(Table table, ByteView key, ByteView sealed);
  ContentCheck finish();

 private:
  ContentCheck check_;
  std::array<TableDigest, kTableCount> digests_;
};

// The error is the disk's own.
std::expected<ContentCheck, StoreError> check_content(const Disk& disk);

void encode(Writer& out, const ContentCheck& check);
ContentCheck decode_content_check(Reader& in);

}  // namespace breakwater

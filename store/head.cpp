#include "store/head.hpp"

namespace breakwater {

namespace {

constexpr std::string_view kHeadKey = "head";

std::array<std::uint64_t, 2> lanes_of(ByteView sealed) {
  Reader in(sealed);
  const std::uint64_t first = in.u64(), second = in.u64();
  if (in.failed()) return {};
  return {first, second};
}

}  // namespace

void TableDigest::add(ByteView sealed) {
  const auto lanes = lanes_of(sealed);
  ++records_;
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += lanes[i];
}

void TableDigest::remove(ByteView sealed) {
  const auto lanes = lanes_of(sealed);
  --records_;
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] -= lanes[i];
}

void encode(Writer& out, const TableDigest& digest) {
  out.u64(digest.records_).u64(digest.sum_[0]).u64(digest.sum_[1]);
}

TableDigest decode_table_digest(Reader& in) {
  TableDigest digest;
  digest.records_ = in.u64();
  for (std::uint64_t& lane : digest.sum_) lane = in.u64();
  return digest;
}

Bytes encode(const StoreHead& head) {
  Writer out;
  out.u64(head.transactions);
  for (const TableDigest& table : head.tables) encode(out, table);
  return out.take();
}

std::optional<StoreHead> decode_head(ByteView value) {
  Reader in(value);
  StoreHead head;
  head.transactions = in.u64();
  for (TableDigest& table : head.tables) table = decode_table_digest(in);
  if (!in.finished()) return std::nullopt;
  return head;
}

bool is_head(Table table, ByteView key) { return table == Table::meta && as_text(key) == kHeadKey; }
Bytes head_key() { return to_bytes(kHeadKey); }

}  // namespace breakwater

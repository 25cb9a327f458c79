#include "raft/entry.hpp"

namespace breakwater::raft {

namespace {

void encode(Writer& out, const Entry& entry) {
  out.u64(entry.term.value);
  if (entry.batch != nullptr) out.raw(entry.batch->encoded);
}

std::optional<Entry> decode(Reader& in) {
  Entry entry;
  entry.term = ViewNumber(in.u64());
  if (in.failed()) return std::nullopt;
  const ByteView batch = in.raw(in.remaining());
  if (!batch.empty()) {
    entry.batch = decode_batch(batch);
    if (entry.batch == nullptr) return std::nullopt;
  }
  return entry;
}

}  // namespace

Bytes encode_entry(const Entry& entry) {
  Writer out;
  encode(out, entry);
  return out.take();
}

std::optional<Entry> decode_entry(ByteView bytes) {
  Reader in(bytes);
  return decode(in);
}

Bytes encode_archived(const ArchivedEntry& archived) {
  Writer out;
  out.u64(archived.sequence.value);
  encode(out, archived.entry);
  return out.take();
}

std::optional<ArchivedEntry> decode_archived(ByteView bytes) {
  Reader in(bytes);
  const SequenceNumber sequence(in.u64());
  std::optional<Entry> entry = decode(in);
  if (!entry) return std::nullopt;
  return ArchivedEntry{sequence, std::move(*entry)};
}

}  // namespace breakwater::raft

// Files: a store's, page by page, and a checkpoint's.
#include <algorithm>

#include "audit/checkpoint_file.hpp"
#include "crypto/digest.hpp"
#include "replication/assert.hpp"
#include "store/lmdb_check.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace breakwater::fuzz {

void store_file(ByteView bytes) {
  const FileCheck check = check_file(bytes);
  BW_ASSERT(check.sound() == check.problems().empty());
  Writer said;
  encode(said, check);
  Reader in(said.bytes());
  const FileCheck heard = decode_file_check(in);
  BW_ASSERT(in.finished() && heard.fault == check.fault && heard.problems() == check.problems());
}

// With the checksum that fits, which no mutation would find.
void checkpoint_file(ByteView bytes) {
  const Bytes file = Writer().raw(bytes).fixed(hash("checkpoint file", bytes)).take();
  const auto decoded = audit::decode_checkpoint_file(file);
  if (decoded) BW_ASSERT(audit::encode(*decoded) == file);
}

}  // namespace breakwater::fuzz

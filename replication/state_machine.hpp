// The contract of a replicated, deterministic service.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"

namespace breakwater {

enum class ClientRole : std::uint8_t { desk = 0, operator_role = 1 };

// What a command may know besides its own bytes.
struct CommandContext {
  ClientId client;
  ClientRole role;
  AgreedTime now;  // never runs backwards between calls
  // Bytes that an answer of any length (a listing) may take; short answers need not look at it.
  std::size_t room = SIZE_MAX;
};

// Deterministic: same calls, same results, same leaves, byte for byte. Reads no clock, no random source, no
// floating point; iterates over nothing unordered. One thread.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Applies one command and returns its encoded result. Hostile bytes give a "malformed" result, never a throw.
  virtual Bytes apply(ByteView command, const CommandContext& context) = 0;

  // True for a command that changes nothing, whatever the state.
  virtual bool only_reads(ByteView command) const = 0;
  // What apply() would return for a command that only reads. Changes nothing.
  virtual Bytes read(ByteView command, const CommandContext& context) const = 0;

  // The state is a set of leaves, key to bytes. `take_changed` returns the keys whose leaf changed since the last
  // call, sorted, each once; `leaf` is empty for a key that no longer exists.
  virtual std::vector<Bytes> take_changed() = 0;
  virtual std::optional<Bytes> leaf(ByteView key) const = 0;
  // About how many keys take_changed() would return.
  virtual std::size_t changes() const = 0;

  // Restores one leaf into an empty state machine (in any order). False when the bytes do not decode.
  virtual bool load_leaf(ByteView key, ByteView value) = 0;
  // Back to the empty state.
  virtual void clear() = 0;
};

}  // namespace breakwater

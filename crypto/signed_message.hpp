// Messages that carry statements and signatures.
#pragma once

#include <vector>

#include "crypto/statement.hpp"
#include "replication/engine.hpp"

namespace breakwater {

// How a carried signature stands to the outer one.
enum class Carriage : std::uint8_t {
  outer,    // the sender's own; everything else is checked only if it holds
  covered,  // inside the bytes that the outer signature covers: if it fails, the sender signed a lie
  beside,   // merely attached: if it fails, the message is dropped and nobody is convicted
};

struct Carried {
  Carriage carriage;
  SignedStatement signed_statement;
};

// A message that lists every statement and signature it carries, the outer one first. Messages without an outer
// signature (they promise nothing) are authenticated by the channel alone.
class SignedMessage : public Message {
 public:
  virtual void list_carried(std::vector<Carried>& out, const Digest& cluster) const = 0;
  // True when the bodies carried hash to the digests that the statements name. Called once, before signatures.
  virtual bool digests_match() const = 0;
};

}  // namespace breakwater

// A slot of a replica's archive, whichever engine decided it.
#pragma once

#include "crypto/batch.hpp"
#include "crypto/certificate.hpp"

namespace breakwater::audit {

struct DecidedSlot {
  SequenceNumber sequence;
  ViewNumber view;  // or term
  Digest digest;    // that was decided
  BatchPtr batch;   // null: it executes nothing
  // Signed by whoever decided it; nothing where nothing is signed. Not verified.
  std::optional<Certificate> commits;
};

// Nothing when the record does not decode.
using SlotDecoder = std::optional<DecidedSlot> (*)(ByteView record);
std::optional<DecidedSlot> decode_pbft_slot(ByteView record);
std::optional<DecidedSlot> decode_raft_slot(ByteView record);

}  // namespace breakwater::audit

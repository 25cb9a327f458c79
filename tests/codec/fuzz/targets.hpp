// What is fuzzed: every decoder of hostile or damaged bytes, and a replica fed with them. The same functions run under
// libFuzzer (preset `fuzz`) and over the committed corpus in every build (the suite `corpus`).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater::fuzz {

// A failed BW_ASSERT, a sanitizer's report or an exception that escapes is a finding.
struct Target {
  std::string_view name;  // of its folder in tests/codec/corpus/
  void (*run)(ByteView bytes);
};
std::span<const Target> targets();
const Target* find_target(std::string_view name);

// Small honest inputs, made by the encoders: the start of a corpus.
struct Seed {
  std::string_view target;
  std::string name;
  Bytes bytes;
};
std::vector<Seed> seeds();

// One function per target.
void replica_frame(ByteView bytes);
void raft_frame(ByteView bytes);
void transfer_frame(ByteView bytes);
void client_frame(ByteView bytes);
void answer_frame(ByteView bytes);
void frame_pack(ByteView bytes);
void batch(ByteView bytes);
void view_change_body(ByteView bytes);
void new_view_body(ByteView bytes);
void certificate(ByteView bytes);
void archived_slot(ByteView bytes);
void raft_entry(ByteView bytes);
void evidence(ByteView bytes);
void receipt(ByteView bytes);
void statement(ByteView bytes);
void command(ByteView bytes);
void session_leaf(ByteView bytes);
void booking_leaf(ByteView bytes);
void cluster_toml(ByteView bytes);
void trace_csv(ByteView bytes);
void store_file(ByteView bytes);
void checkpoint_file(ByteView bytes);
void replica_inputs(ByteView bytes);

}  // namespace breakwater::fuzz

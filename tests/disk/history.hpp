// The transactions of a replica's life, and what a store holds after each.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "store/lmdb_disk.hpp"

namespace breakwater::disk_tests {

// What the first primary of a simulated group of four commits in a script of 200 commands, with a view change and
// checkpoints in it; `contents[i]` names what the store holds after the first i of them.
struct History {
  std::vector<std::vector<Record>> transactions;
  std::vector<Digest> contents;
};
const History& history();

// Names everything that a disk holds.
Digest content_of(const Disk& disk);

// A directory in memory where the machine has one, so that syncs cost nothing; gone at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path store() const { return path_ / "store"; }
  // Back to nothing.
  void clear();

 private:
  void remove() { std::filesystem::remove_all(path_); }
  std::filesystem::path path_;
};

// How many of all cases a run takes: every `in_ci`-th, or as BREAKWATER_EVERY_K says.
std::size_t stride(std::size_t in_ci);

}  // namespace breakwater::disk_tests

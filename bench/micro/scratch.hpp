// A directory of a benchmark's own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "replication/assert.hpp"

namespace breakwater::bench {

// Gone at the end, with everything in it.
class Scratch {
 public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "breakwater-bench-XXXXXX").string()) {
    BW_ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace breakwater::bench

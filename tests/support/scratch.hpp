// A directory of a test's own, and what lies in a file.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "replication/assert.hpp"
#include "replication/bytes.hpp"

namespace breakwater::testing {

// Gone at the end, with everything in it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "breakwater-store-XXXXXX").string();
    BW_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Bytes content_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_to_file(const std::filesystem::path& file, ByteView content) {
  std::ofstream(file, std::ios::binary) << as_text(content);
}

}  // namespace breakwater::testing

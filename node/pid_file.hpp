// replica-N/pid: for people and scripts. The program itself looks at node/process_table.hpp.
#pragma once

#include <filesystem>

namespace breakwater {

// Written atomically at construction, removed at destruction if it is still this process's.
class PidFile {
 public:
  explicit PidFile(std::filesystem::path file);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::filesystem::path file_;
};

}  // namespace breakwater

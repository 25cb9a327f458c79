#include "node/pid_file.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <fstream>

namespace breakwater {

PidFile::PidFile(std::filesystem::path file) : file_(std::move(file)) {
  const std::filesystem::path fresh = file_.string() + ".new";
  std::ofstream(fresh) << ::getpid() << "\n";
  std::filesystem::rename(fresh, file_);
}

PidFile::~PidFile() {
  pid_t pid = 0;
  std::ifstream(file_) >> pid;
  std::error_code ignored;  // the file may be gone with its harbor
  if (pid == ::getpid()) std::filesystem::remove(file_, ignored);
}

}  // namespace breakwater

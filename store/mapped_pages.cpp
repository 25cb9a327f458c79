#include "store/mapped_pages.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

namespace breakwater {

namespace {

std::size_t mapped_bytes() {
  std::ifstream statm("/proc/self/statm");  // see proc(5)
  std::size_t size = 0, resident = 0, of_files = 0;
  statm >> size >> resident >> of_files;
  return of_files * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// The device is not compared: some file systems tell another one here. Another file's mapping would take no harm.
void release(int file) {
  struct stat held{};
  if (::fstat(file, &held) != 0) return;
  std::ifstream maps("/proc/self/maps");  // see proc(5)
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t from = 0, to = 0;
    char mode[5] = "";
    std::uint64_t inode = 0;
    const int read =
        std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %" SCNu64, &from, &to, mode, &inode);
    // A private mapping would lose what was written to it.
    if (read == 4 && inode == held.st_ino && mode[3] == 's') {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells of it as a number
      (void)::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
  }
}

}  // namespace

void limit_mapped_pages(int file, std::size_t most_bytes) {
  if (mapped_bytes() > most_bytes) release(file);
}

}  // namespace breakwater

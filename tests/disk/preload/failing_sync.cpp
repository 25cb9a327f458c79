// For LD_PRELOAD: sync number BW_FAILING_SYNC of a data.mdb fails with EIO, once, as a disk that lost a write tells it.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool is_store(int fd) {
  char path[4096];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof(path));
  return size > 0 && std::string_view(path, static_cast<std::size_t>(size)).ends_with("/data.mdb");
}

}  // namespace

extern "C" int fdatasync(int fd) {
  static long left = std::getenv("BW_FAILING_SYNC") == nullptr ? -1 : std::atol(std::getenv("BW_FAILING_SYNC"));
  if (left >= 0 && is_store(fd) && left-- == 0) {
    errno = EIO;
    return -1;
  }
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  return real(fd);
}

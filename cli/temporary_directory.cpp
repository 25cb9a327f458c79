#include "cli/temporary_directory.hpp"

#include <stdlib.h>

#include "cli/app.hpp"

namespace breakwater::cli {

std::filesystem::path make_temporary_directory(std::string_view name) {
  const std::string pattern = "breakwater-" + std::string(name) + "-XXXXXX";
  std::string path = (std::filesystem::temp_directory_path() / pattern).string();
  if (::mkdtemp(path.data()) == nullptr) throw UserError(path + ": cannot be made; set TMPDIR to a writable place");
  return path;
}

}  // namespace breakwater::cli

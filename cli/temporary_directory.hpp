// Directories that are gone at the end.
#pragma once

#include <filesystem>
#include <string_view>

namespace breakwater::cli {

// A new one among the machine's temporary directories: breakwater-<name>-XXXXXX. Throws UserError.
std::filesystem::path make_temporary_directory(std::string_view name);

// A directory that is gone at the end, with all that it holds; what cannot be removed stays. Made before the group
// whose harbor it is, so that it outlives the group's processes.
class Removed {
 public:
  explicit Removed(std::filesystem::path dir) : dir_(std::move(dir)) {}
  ~Removed() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;
  const std::filesystem::path& path() const { return dir_; }

 private:
  std::filesystem::path dir_;
};

}  // namespace breakwater::cli

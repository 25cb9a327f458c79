// Every committed input through its target: what fuzzing found once is never broken again.
//   test_corpus CORPUS_DIR [TARGET [FILE...]]   runs them
//   test_corpus --write-seeds CORPUS_DIR        writes the seeds again
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/keys.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace {

namespace fs = std::filesystem;
using namespace breakwater;  // NOLINT: a stand-alone program

Bytes read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int write_seeds(const fs::path& corpus) {
  for (const fuzz::Seed& seed : fuzz::seeds()) {
    fs::create_directories(corpus / seed.target);
    std::ofstream out(corpus / seed.target / seed.name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(seed.bytes.data()), static_cast<std::streamsize>(seed.bytes.size()));
    if (!out.flush()) return 1;
  }
  return 0;
}

// True when there was something to run; a crash ends the program after the file's name was printed.
bool run_all(const fs::path& corpus, const fuzz::Target& target, std::vector<fs::path> files) {
  const fs::path folder = corpus / target.name;
  if (files.empty() && fs::is_directory(folder)) {
    files.assign(fs::directory_iterator(folder), {});
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    target.run(read(file));
  }
  if (files.empty()) std::fprintf(stderr, "no corpus for %s\n", std::string(target.name).c_str());
  return !files.empty();
}

// A folder that no target reads would be a corpus that nobody runs.
bool knows_every_folder(const fs::path& corpus) {
  return std::ranges::all_of(fs::directory_iterator(corpus), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    const bool known = fuzz::find_target(name) != nullptr;
    if (!known) std::fprintf(stderr, "no target is called %s\n", name.c_str());
    return known;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || crypto_start()) return 2;
  if (arguments[0] == "--write-seeds") return arguments.size() == 2 ? write_seeds(arguments[1]) : 2;
  const fs::path corpus = arguments[0];
  if (arguments.size() > 1) {
    const fuzz::Target* target = fuzz::find_target(arguments[1]);
    return target != nullptr && run_all(corpus, *target, {arguments.begin() + 2, arguments.end()}) ? 0 : 1;
  }
  bool good = knows_every_folder(corpus);
  for (const fuzz::Target& target : fuzz::targets()) good = run_all(corpus, target, {}) && good;
  return good ? 0 : 1;
}

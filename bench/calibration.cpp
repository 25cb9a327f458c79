#include "bench/calibration.hpp"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "bench/window.hpp"
#include "crypto/digest.hpp"
#include "crypto/keys.hpp"
#include "crypto/statement.hpp"
#include "replication/assert.hpp"
#include "store/lmdb_disk.hpp"
#include "store/store.hpp"

namespace breakwater::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSignatureTime = std::chrono::milliseconds(250);
constexpr auto kHashTime = std::chrono::milliseconds(50);
constexpr auto kCommitTime = std::chrono::milliseconds(600);
constexpr std::size_t kRecordBytes = 256;  // a vote with what belongs to it
constexpr std::size_t kLeastCommits = 8;

double us_since(Clock::time_point from) {
  return std::chrono::duration<double, std::micro>(Clock::now() - from).count();
}

// Processor time of this thread: what others take of a shared machine meanwhile does not count.
double thread_cpu_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// Microseconds of processor time of one call, in the middle of several rounds of `time` together.
double time_of(const std::function<void()>& operation, std::chrono::milliseconds time) {
  constexpr int kRounds = 5, kCallsBetweenLooks = 16;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const auto from = Clock::now();
    const double before = thread_cpu_us();
    std::uint64_t calls = 0;
    while (Clock::now() - from < time / kRounds) {
      for (int i = 0; i < kCallsBetweenLooks; ++i) operation();
      calls += kCallsBetweenLooks;
    }
    rounds.push_back((thread_cpu_us() - before) / static_cast<double>(calls));
  }
  return spread_of(std::move(rounds)).median;
}

// The same with a thread on every core at once, in the mean of the threads.
double busy_time_of(std::uint32_t threads, const std::function<std::function<void()>()>& make_operation) {
  std::vector<double> times(threads);
  std::vector<std::jthread> running;
  running.reserve(threads);
  std::atomic<std::uint32_t> ready = 0;
  for (double& time : times) {
    running.emplace_back([&, operation = make_operation()] {
      ++ready;
      while (ready < threads) std::this_thread::yield();
      time = time_of(operation, kSignatureTime);
    });
  }
  running.clear();  // joins
  double sum = 0;
  for (const double time : times) sum += time;
  return sum / threads;
}

// Statements that differ, and a key that all are signed with.
class Signatures {
 public:
  Signatures() : key_(SigningKey::from_seed(Seed{{7}})), public_key_(key_.public_key()) {
    messages_.reserve(kMessages);
    for (std::uint8_t i = 0; i < kMessages; ++i) {
      messages_.emplace_back(Statement::kBytes, i);
      signatures_.push_back(key_.sign(messages_.back()));
    }
  }
  void sign() { key_.sign(messages_[next()]); }
  void verify() {
    const std::size_t i = next();
    BW_ASSERT(ed25519_holds(public_key_, messages_[i], signatures_[i]));
  }

 private:
  static constexpr std::uint8_t kMessages = 64;
  std::size_t next() { return next_++ % kMessages; }
  SigningKey key_;
  PublicKey public_key_;
  std::vector<Bytes> messages_;
  std::vector<Signature> signatures_;
  std::size_t next_ = 0;
};

std::function<void()> signing() {
  return [s = std::make_shared<Signatures>()] { s->sign(); };
}
std::function<void()> verifying() {
  return [s = std::make_shared<Signatures>()] { s->verify(); };
}

double digest_time(std::size_t bytes) {
  const Bytes content(bytes, 0x5a);
  return time_of([&] { static_cast<void>(hash("calibration", content)); }, kHashTime);
}

struct CommitTimes {
  std::vector<double> us;  // of each
  double cpu_us = 0;       // of one, in the mean
};

std::expected<CommitTimes, std::string> commit_for_a_while(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  auto disk = LmdbDisk::open(directory, OpenMode::read_write);
  if (!disk) return std::unexpected(disk.error().message);
  auto store = Store::open(**disk, {Digest{{1}}, ReplicaId(0), Incarnation(0)});
  if (!store) return std::unexpected(store.error().message);
  if (auto claimed = store->claim(); !claimed) return std::unexpected(claimed.error().message);
  CommitTimes times;
  const double cpu_before = thread_cpu_us();
  const auto from = Clock::now();
  while (Clock::now() - from < kCommitTime || times.us.size() < kLeastCommits) {
    const Record record{Table::journal, Writer().ordered_u64(times.us.size()).take(), Bytes(kRecordBytes, 0x5a)};
    const auto begun = Clock::now();
    if (auto done = store->commit({&record, 1}); !done) return std::unexpected(done.error().message);
    times.us.push_back(us_since(begun));
  }
  times.cpu_us = (thread_cpu_us() - cpu_before) / static_cast<double>(times.us.size());
  return times;
}

std::expected<CommitTimes, std::string> commit_side_by_side(const std::filesystem::path& directory,
                                                            std::uint32_t writers) {
  const std::filesystem::path place = directory / "calibration";
  std::vector<std::expected<CommitTimes, std::string>> each(writers);
  {
    std::vector<std::jthread> running;
    running.reserve(writers);
    for (std::uint32_t i = 0; i < writers; ++i) {
      running.emplace_back([&, i] { each[i] = commit_for_a_while(place / std::to_string(i)); });
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(place, ignored);
  CommitTimes all;
  for (auto& times : each) {
    if (!times) return std::unexpected(times.error());
    all.us.insert(all.us.end(), times->us.begin(), times->us.end());
    all.cpu_us += times->cpu_us / writers;
  }
  return all;
}

}  // namespace

void Calibration::improve(const Calibration& other) {
  for (double Calibration::* figure :
       {&Calibration::sign_us, &Calibration::verify_us, &Calibration::sign_busy_us, &Calibration::verify_busy_us,
        &Calibration::hash_us, &Calibration::hash_kib_us, &Calibration::commit_cpu_us}) {
    this->*figure = std::min(this->*figure, other.*figure);
  }
  for (auto& [writers, us] : commit_us) {
    const auto again = other.commit_us.find(writers);
    if (again != other.commit_us.end()) us = std::min(us, again->second);
  }
}

std::expected<Calibration, std::string> calibrate(const std::filesystem::path& directory,
                                                  const std::vector<std::uint32_t>& writers) {
  Calibration c;
  c.cores = std::max(1u, std::thread::hardware_concurrency());
  c.sign_us = time_of(signing(), kSignatureTime);
  c.verify_us = time_of(verifying(), kSignatureTime);
  c.sign_busy_us = busy_time_of(c.cores, signing);
  c.verify_busy_us = busy_time_of(c.cores, verifying);
  constexpr std::size_t kManyKib = 16;
  c.hash_us = digest_time(0);
  c.hash_kib_us = (digest_time(kManyKib << 10) - c.hash_us) / kManyKib;
  std::vector<std::uint32_t> counts = writers;
  counts.push_back(1);
  for (const std::uint32_t count : counts) {
    if (c.commit_us.contains(count)) continue;
    const auto times = commit_side_by_side(directory, count);
    if (!times) return std::unexpected(times.error());
    c.commit_us[count] = spread_of(times->us).median;
    if (count == 1) c.commit_cpu_us = times->cpu_us;
  }
  return c;
}

}  // namespace breakwater::bench

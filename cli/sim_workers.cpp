#include "cli/sim_workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app.hpp"
#include "crypto/keys.hpp"

namespace breakwater::cli {

namespace {

constexpr std::uint64_t kChunk = 16;  // seeds that one process runs before it is asked again

std::string report_of(std::uint64_t seed, const sim::PlanOptions& options) {
  const sim::Outcome outcome = sim::run(sim::make_plan(seed, options));
  nlohmann::json line = {{"seed", seed},
                         {"commands", outcome.commands},
                         {"slots", outcome.slots},
                         {"ms", outcome.simulated_ms},
                         {"faults", outcome.faults},
                         {"hash", outcome.trace_hash}};
  if (outcome.violation) {
    line["property"] = outcome.violation->property;
    line["detail"] = outcome.violation->detail;
  }
  return line.dump() + "\n";
}

// A process with a range of seeds, which writes a line for each.
struct Worker {
  pid_t pid = -1;
  int fd = -1;
  std::uint64_t next, last;  // `next`: the seed that it is at
  std::string pending;
};

[[noreturn]] void work(int out, std::uint64_t first, std::uint64_t last, const sim::PlanOptions& options) {
  ::signal(SIGPIPE, SIG_DFL);  // without a reader there is nothing to do
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::string line = report_of(seed, options);
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t n = ::write(out, line.data() + done, line.size() - done);
      if (n <= 0) ::_exit(1);
      done += static_cast<std::size_t>(n);
    }
  }
  ::_exit(0);
}

class Seeds {
 public:
  Seeds(std::uint64_t first, std::uint64_t last, const sim::PlanOptions& options, bool stop_at_first)
      : next_(first), last_(last), options_(options), stop_at_first_(stop_at_first) {}
  ~Seeds() {
    for (const Worker& worker : workers_) {
      ::kill(worker.pid, SIGKILL);
      ::waitpid(worker.pid, nullptr, 0);
      ::close(worker.fd);
    }
  }

  SimTotals run(std::uint32_t jobs, const std::function<void(const SimTotals&)>& progress) {
    while (true) {
      while (workers_.size() < jobs && !exhausted()) start(next_chunk());
      if (workers_.empty()) break;
      wait_for_news();
      progress(totals_);
    }
    std::ranges::sort(totals_.failures, {}, &SimFailure::seed);
    return std::move(totals_);
  }

 private:
  bool exhausted() const { return next_ > last_ || (stop_at_first_ && !totals_.failures.empty()); }

  std::pair<std::uint64_t, std::uint64_t> next_chunk() {
    const std::uint64_t first = next_;
    next_ = std::min(last_ + 1, next_ + kChunk);
    return {first, next_ - 1};
  }

  void start(std::pair<std::uint64_t, std::uint64_t> seeds) {
    int ends[2];
    if (::pipe(ends) != 0) throw UserError("cannot make a pipe; raise the open-file limit (ulimit -n)");
    const pid_t pid = ::fork();
    if (pid < 0) throw UserError("cannot start another process; raise this user's process limit (ulimit -u)");
    if (pid == 0) {
      ::close(ends[0]);
      work(ends[1], seeds.first, seeds.second, options_);
    }
    ::close(ends[1]);
    workers_.push_back({pid, ends[0], seeds.first, seeds.second, {}});
  }

  void wait_for_news() {
    std::vector<pollfd> items;
    items.reserve(workers_.size());
    for (const Worker& worker : workers_) items.push_back({worker.fd, POLLIN, 0});
    if (::poll(items.data(), items.size(), 1000) <= 0) return;
    for (std::size_t i = items.size(); i-- > 0;) {
      if (items[i].revents != 0 && !read_from(workers_[i])) end(i);
    }
  }

  bool read_from(Worker& worker) {
    char buffer[65536];
    const ssize_t n = ::read(worker.fd, buffer, sizeof buffer);
    if (n <= 0) return false;
    worker.pending.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = worker.pending.find('\n')) != std::string::npos; worker.pending.erase(0, end + 1)) {
      note(nlohmann::json::parse(worker.pending.substr(0, end)));
      ++worker.next;
    }
    return true;
  }

  void note(const nlohmann::json& line) {
    ++totals_.seeds;
    totals_.commands += line["commands"].get<std::uint64_t>();
    totals_.slots += line["slots"].get<std::uint64_t>();
    totals_.simulated_ms += line["ms"].get<std::uint64_t>();
    // A sum: the order in which processes report does not show.
    totals_.trace_hash += line["hash"].get<std::uint64_t>() * (2 * line["seed"].get<std::uint64_t>() + 1);
    for (const auto& [name, count] : line["faults"].items()) totals_.faults[name] += count.get<std::uint64_t>();
    if (line.contains("property")) totals_.failures.push_back({line["seed"], line["property"], line["detail"]});
  }

  void end(std::size_t index) {
    const Worker worker = workers_[index];
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
    ::close(worker.fd);
    int status = 0;
    ::waitpid(worker.pid, &status, 0);
    if (worker.next > worker.last) return;
    ++totals_.seeds;
    totals_.failures.push_back({worker.next, "crash", "the process ended with status " + std::to_string(status)});
    if (worker.next < worker.last && !exhausted_by_failure()) start({worker.next + 1, worker.last});
  }
  bool exhausted_by_failure() const { return stop_at_first_ && !totals_.failures.empty(); }

  std::uint64_t next_, last_;
  sim::PlanOptions options_;
  bool stop_at_first_;
  std::vector<Worker> workers_;
  SimTotals totals_;
};

}  // namespace

SimTotals run_seeds(std::uint64_t first, std::uint64_t last, const sim::PlanOptions& options, std::uint32_t jobs,
                    bool stop_at_first, const std::function<void(const SimTotals&)>& progress) {
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  return Seeds(first, last, options, stop_at_first).run(jobs, progress);
}

}  // namespace breakwater::cli

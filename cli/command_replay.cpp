// replay: a booking trace through the group.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <deque>
#include <iomanip>
#include <iostream>
#include <set>

#include "cli/commands.hpp"
#include "cli/harbor.hpp"
#include "cli/output.hpp"
#include "cli/trace_file.hpp"
#include "node/scheduling.hpp"

namespace breakwater::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;

struct ReplayArguments {
  std::string trace, capacity;
  std::uint32_t desks = 8, bundle = 1, outstanding = 1;
};

struct Tally {
  std::uint64_t accepted = 0, unknown = 0;
  std::map<std::string, std::uint64_t> refused;
  std::vector<std::uint64_t> latencies_us;  // per command: of its bundle

  void add(const Outcome& outcome, std::size_t commands) {
    for (std::size_t i = 0; i < commands; ++i) {
      latencies_us.push_back(static_cast<std::uint64_t>(outcome.latency.count()));
    }
    if (!outcome.status) {
      unknown += commands;
    } else if (*outcome.status != ReplyStatus::executed) {
      refused[*outcome.status == ReplyStatus::expired ? "expired_request" : "number_reused"] += commands;
    } else {
      for (const Bytes& bytes : outcome.results) {
        const auto result = booking::decode_result(bytes);
        if (!result) ++unknown;
        else if (result->accepted) ++accepted;
        else ++refused[std::string(name_of(result->reason))];
      }
    }
  }
  std::uint64_t commands() const { return latencies_us.size(); }
};

// "A=60,D=20,default=6"
std::map<std::string, std::uint32_t> parse_capacities(const std::string& text) {
  std::map<std::string, std::uint32_t> out = {{"default", 10}};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view item = std::string_view(text).substr(at, end - at);
    const std::size_t equals = item.rfind('=');
    std::uint32_t value = 0;
    const std::string_view digits = equals == std::string_view::npos ? "" : item.substr(equals + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || equals == 0 || error != std::errc{} || stop != digits.data() + digits.size() || value == 0 ||
        value > booking::kMaxSuitesPerClass) {
      throw UserError("--capacity: '" + std::string(item) + "' is not CLASS=N with N from 1 to " +
                      std::to_string(booking::kMaxSuitesPerClass));
    }
    out[std::string(item.substr(0, equals))] = value;
    at = end + 1;
  }
  return out;
}

class Replay {
 public:
  Replay(const Harbor& harbor, const GlobalOptions& options, const ReplayArguments& arguments)
      : options_(options), arguments_(arguments), io_(make_client_io()), operator_(harbor, "operator", io_) {
    for (std::uint32_t d = 0; d < arguments.desks; ++d) {
      desks_.push_back(std::make_unique<HarborClient>(harbor, "desk-" + std::to_string(d + 1), io_));
      clients_.push_back(desks_.back().get());
      desks_.back()->client().greet();
    }
    operator_.client().greet();
  }

  // Opens every (voyage, class) of the trace. False when an outcome stayed unknown.
  bool open_voyages(const std::vector<TraceEvent>& events) {
    const std::map<std::string, std::uint32_t> capacities = parse_capacities(arguments_.capacity);
    std::set<std::pair<std::string, std::string>> classes;
    for (const TraceEvent& event : events) classes.emplace(event.voyage, event.suite_class);
    std::vector<Bytes> commands;
    for (const auto& [voyage, suite_class] : classes) {
      const auto given = capacities.find(suite_class);
      const std::uint32_t suites = given == capacities.end() ? capacities.at("default") : given->second;
      commands.push_back(booking::encode(booking::Open{voyage, suite_class, suites, {}}));
    }
    bool known = true;
    const std::vector<HarborClient*> clients = {&operator_};
    for (std::size_t at = 0; at < commands.size() && interrupted == 0;) {
      const std::size_t end = std::min(at + kOpensPerRequest, commands.size());
      const std::vector<Bytes> bundle(commands.begin() + static_cast<std::ptrdiff_t>(at),
                                      commands.begin() + static_cast<std::ptrdiff_t>(end));
      operator_.client().submit(operator_.next_number(), bundle, Client::Clock::now(), options_.timeout_or(60),
                                [&](const Outcome& o) { known = known && o.status.has_value(); });
      at = end;
      while (operator_.client().outstanding() > 0 && interrupted == 0) pump(clients);
      if (!known) return false;
    }
    return true;
  }

  void run(const std::vector<TraceEvent>& events) {
    std::vector<std::deque<Bytes>> queues(desks_.size());
    for (const TraceEvent& event : events) {
      queues[event.booking % desks_.size()].push_back(booking::encode(event.command));
    }
    started_ = Client::Clock::now();
    std::size_t left = events.size();
    // As many in a row as are in flight: nobody was answered within the timeout, and nobody else will be.
    const std::uint64_t hopeless = std::uint64_t{arguments_.outstanding} * desks_.size();
    while (left > 0 && interrupted == 0 && unanswered_ < hopeless) {
      for (std::size_t d = 0; d < desks_.size(); ++d) {
        while (!queues[d].empty() && desks_[d]->client().outstanding() < arguments_.outstanding) {
          send_bundle(*desks_[d], queues[d], left);
        }
      }
      pump(clients_);
      show_progress(events.size(), false);
    }
    finished_ = Client::Clock::now();
    show_progress(events.size(), true);
  }

  const Tally& tally() const { return tally_; }
  double seconds() const { return std::chrono::duration<double>(finished_ - started_).count(); }

 private:
  static constexpr std::size_t kOpensPerRequest = 64;

  void send_bundle(HarborClient& desk, std::deque<Bytes>& queue, std::size_t& left) {
    std::vector<Bytes> bundle;
    while (!queue.empty() && bundle.size() < arguments_.bundle) {
      bundle.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    const std::size_t size = bundle.size();
    desk.client().submit(desk.next_number(), bundle, Client::Clock::now(), options_.timeout_or(60),
                         [this, size, &left](const Outcome& outcome) {
                           tally_.add(outcome, size);
                           unanswered_ = outcome.status ? 0 : unanswered_ + 1;
                           left -= size;
                         });
  }

  void show_progress(std::size_t total, bool last) {
    const auto now = Client::Clock::now();
    if (::isatty(STDERR_FILENO) == 0 || (!last && now < next_progress_)) return;
    next_progress_ = now + std::chrono::milliseconds(250);
    std::cerr << "\r" << tally_.commands() << " of " << total << " commands" << (last ? "\n" : "") << std::flush;
  }

  const GlobalOptions& options_;
  const ReplayArguments& arguments_;
  std::shared_ptr<ClientIo> io_;
  HarborClient operator_;
  std::vector<std::unique_ptr<HarborClient>> desks_;
  std::vector<HarborClient*> clients_;
  Tally tally_;
  std::uint64_t unanswered_ = 0;  // requests in a row
  Client::Clock::time_point started_{}, finished_{}, next_progress_{};
};

void print_summary(const Tally& tally, double seconds, bool json) {
  std::vector<std::uint64_t> sorted = tally.latencies_us;
  std::ranges::sort(sorted);
  const auto percentile = [&](double p) {
    return sorted.empty()
               ? 0
               : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(p * static_cast<double>(sorted.size())))];
  };
  const std::uint64_t commands = tally.commands();
  const double rate = seconds > 0 ? static_cast<double>(commands) / seconds : 0;
  std::uint64_t refused = 0;
  for (const auto& [reason, count] : tally.refused) refused += count;
  if (json) {
    print_json({{"commands", commands},
                {"accepted", tally.accepted},
                {"refused", tally.refused},
                {"unknown", tally.unknown},
                {"seconds", seconds},
                {"throughput_per_s", rate},
                {"latency_us",
                 {{"p50", percentile(0.5)},
                  {"p95", percentile(0.95)},
                  {"p99", percentile(0.99)},
                  {"max", sorted.empty() ? 0 : sorted.back()}}}});
    return;
  }
  std::cout << std::fixed << std::setprecision(1) << commands << " commands in " << seconds << " s: " << rate
            << " per second\n  accepted " << tally.accepted << "\n  refused  " << refused << "\n";
  for (const auto& [reason, count] : tally.refused) std::cout << "    " << reason << " " << count << "\n";
  std::cout << "  unknown  " << tally.unknown << "\n  latency  p50 " << static_cast<double>(percentile(0.5)) / 1000
            << " ms, p95 " << static_cast<double>(percentile(0.95)) / 1000 << " ms, p99 "
            << static_cast<double>(percentile(0.99)) / 1000 << " ms\n";
}

int replay(const GlobalOptions& options, const ReplayArguments& arguments) {
  const std::vector<TraceEvent> events = read_trace(arguments.trace);
  parse_capacities(arguments.capacity);  // a mistake in it shows before anything is sent
  const Harbor harbor = open_harbor(options);
  std::uint32_t desks = 0;
  for (const auto& [id, client] : harbor.config.clients) desks += client.role == ClientRole::desk;
  if (arguments.desks > desks) {
    throw UserError("--desks " + std::to_string(arguments.desks) + ": this harbor has " + std::to_string(desks) +
                    " desks; make one with more by 'breakwater init --desks N'");
  }
  std::signal(SIGINT, [](int) { interrupted = 1; });
  prefer_throughput();
  Replay run(harbor, options, arguments);
  if (run.open_voyages(events)) {
    run.run(events);
    if (run.tally().commands() < events.size() && interrupted == 0) {
      std::cerr << "breakwater: the group has stopped answering; what was not sent is left out, see 'breakwater "
                   "status'\n";
    }
  } else {
    std::cerr << "breakwater: the group did not answer in time when the voyages were opened; see 'breakwater status'\n";
  }
  print_summary(run.tally(), run.seconds(), options.json);
  return run.tally().commands() < events.size() || run.tally().unknown > 0 ? kUnknown : kDone;
}

}  // namespace

void add_replay_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* command = app.add_subcommand("replay", "a booking trace through the group");
  command->fallthrough();
  const auto a = std::make_shared<ReplayArguments>();
  command->add_option("trace", a->trace, "a CSV file: date,action,voyage,class,booking")->required();
  command->add_option("--desks", a->desks, "clients that send")->check(CLI::Range(1, 100000))->capture_default_str();
  command->add_option("--bundle", a->bundle, "commands in one request")
      ->check(CLI::Range(1u, static_cast<std::uint32_t>(kMaxCommandsPerRequest)))
      ->capture_default_str();
  command->add_option("--outstanding", a->outstanding, "requests in flight per desk")
      ->check(CLI::Range(1, 128))
      ->capture_default_str();
  command->add_option("--capacity", a->capacity, "suites per class: CLASS=N,...,default=N (10)");
  command->callback([&options, &exit_code, a] { exit_code = replay(options, *a); });
}

}  // namespace breakwater::cli

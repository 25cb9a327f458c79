// book: one command through the group.
#include <iostream>
#include <memory>

#include "cli/book_control.hpp"
#include "cli/commands.hpp"
#include "cli/harbor.hpp"
#include "cli/output.hpp"
#include "cli/receipt_keeper.hpp"

namespace breakwater::cli {

namespace {

struct BookArguments {
  std::string as = "desk-1", receipt;
  std::string voyage, suite, suite_class, shard, job;
  std::vector<std::string> names;
  std::uint32_t suites = 0;
  std::uint64_t booking = 0, ttl = 0;
  bool has_booking = false, epoch = false;
};

std::string describe(const booking::Result& result) {
  if (const auto* v = std::get_if<booking::BookingView>(&result.view)) {
    std::string line = "booking " + std::to_string(v->booking) + ", voyage " + v->voyage + ", suite " + v->suite;
    if (v->state) line += ", " + std::string(name_of(*v->state));
    return line;
  }
  if (const auto* v = std::get_if<booking::OpenView>(&result.view)) {
    return std::to_string(v->suites) + " suites of class " + v->suite_class + " on voyage " + v->voyage;
  }
  if (const auto* v = std::get_if<booking::VoyageView>(&result.view)) {
    std::string lines = "voyage " + v->voyage;
    for (const booking::SuiteView& s : v->suites) {
      lines += "\n  " + s.suite + "  " + std::string(name_of(s.state));
      if (s.booking) lines += "  " + std::to_string(*s.booking);
    }
    return lines;
  }
  return describe_control(result);
}

Json outcome_json(const Outcome& outcome, const booking::Result* result, const std::string& client) {
  Json replies = Json::array();
  for (const ReplicaId id : outcome.replicas) replies.push_back(id.value);
  return {{"outcome", result == nullptr ? "unknown" : outcome_name(*result)},
          {"reason", result == nullptr ? Json(nullptr) : reason_json(*result)},
          {"sequence", result == nullptr ? Json(nullptr) : Json(outcome.sequence.value)},
          {"view", outcome.view.value},
          {"client", client},
          {"request", outcome.number.value},
          {"result", result == nullptr ? Json(nullptr) : result_json(*result)},
          {"replies", std::move(replies)}};
}

std::string agreement(const Outcome& outcome) {
  if (outcome.replicas.size() == 1) return "replica " + std::to_string(outcome.replicas[0].value) + " says so";
  return std::to_string(outcome.replicas.size()) + " replicas agree";
}

// What the group decided; nothing when no weak quorum agreed in time.
std::optional<booking::Result> result_of(const Outcome& outcome) {
  if (!outcome.status) return std::nullopt;
  switch (*outcome.status) {
    case ReplyStatus::expired: return booking::Result{false, booking::Reason::expired_request, {}};
    case ReplyStatus::number_reused: return booking::Result{false, booking::Reason::number_reused, {}};
    default: return outcome.results.size() == 1 ? booking::decode_result(outcome.results[0]) : std::nullopt;
  }
}

std::string nobody_agreed(const Quorums& quorums) {
  if (quorums.weak == 1) return "no replica answered";
  return "no " + std::to_string(quorums.weak) + " replicas agreed";
}

int book(const GlobalOptions& options, const std::string& as, const std::string& receipt_file,
         const booking::Command& command) {
  const Harbor harbor = open_harbor(options);
  std::optional<ReceiptKeeper> receipt;
  if (!receipt_file.empty()) receipt.emplace(harbor, receipt_file);
  HarborClient client(harbor, as);
  if (receipt) receipt->ask(client.client());
  client.take_single_numbers();
  client.client().greet();
  const RequestNumber number = client.next_number();
  std::optional<Outcome> outcome;
  client.client().submit(number, {booking::encode(command)}, Client::Clock::now(), options.timeout_or(30),
                         [&](const Outcome& o) { outcome = o; });
  while (!outcome) pump({&client});
  const std::optional<booking::Result> result = result_of(*outcome);
  if (receipt) receipt->keep(*outcome);
  if (options.json) {
    Json json = outcome_json(*outcome, result ? &*result : nullptr, as);
    if (receipt) json["receipt"] = receipt->kept() ? Json(receipt->file()) : Json(nullptr);
    print_json(json);
  }
  if (!result) {
    if (!options.json) std::cout << "unknown: " << nobody_agreed(harbor.quorums()) << " in time; it may still happen\n";
    return kUnknown;
  }
  if (!options.json) {
    if (result->accepted) std::cout << "accepted  " << describe(*result) << "\n";
    else std::cout << "refused: " << name_of(result->reason) << "\n";
    std::cout << "  slot " << outcome->sequence.value << ", " << agreement(*outcome) << ", "
              << static_cast<double>(outcome->latency.count()) / 1000 << " ms\n";
  }
  const int exit_code = result->accepted ? kDone : kRefused;
  return receipt ? receipt->report(options, exit_code) : exit_code;
}

booking::Target target_of(const BookArguments& a) {
  if (a.suite.empty() == a.suite_class.empty())
    throw UserError("name either a suite (--suite S) or a class (--class C)");
  booking::Target target;
  target.voyage = a.voyage;
  if (!a.suite.empty()) target.suite = a.suite;
  if (!a.suite_class.empty()) target.suite_class = a.suite_class;
  return target;
}

booking::Command show_of(const BookArguments& a) {
  const int given = !a.voyage.empty() + a.has_booking + !a.shard.empty() + !a.job.empty() + a.epoch;
  if (given != 1) {
    throw UserError(
        "show one thing: a voyage (--voyage V [--suite S]), --booking B, --shard H, --job J or the --epoch");
  }
  if (a.voyage.empty() && !a.suite.empty()) throw UserError("--suite goes with --voyage and nothing else");
  if (!a.shard.empty()) return booking::ShowShard{a.shard};
  if (!a.job.empty()) return booking::ShowJob{a.job};
  if (a.epoch) return booking::ShowEpoch{};
  booking::Show show;
  if (!a.voyage.empty()) show.voyage = a.voyage;
  if (!a.suite.empty()) show.suite = a.suite;
  if (a.has_booking) show.booking = a.booking;
  return show;
}

}  // namespace

void add_book_command(CLI::App& app, GlobalOptions& options, int& exit_code) {
  CLI::App* book_app = app.add_subcommand("book", "one command through the group");
  book_app->fallthrough();
  book_app->require_subcommand(1);
  const auto a = std::make_shared<BookArguments>();
  book_app->add_option("--as", a->as, "the client that asks")->capture_default_str();
  book_app->add_option("--receipt", a->receipt, "keep signed proof of the outcome in this new file");

  const auto add = [&, a](const char* name, const char* help, std::function<booking::Command()> make) {
    CLI::App* command = book_app->add_subcommand(name, help);
    command->fallthrough();
    command->callback(
        [&options, &exit_code, a, make = std::move(make)] { exit_code = book(options, a->as, a->receipt, make()); });
    return command;
  };
  const auto guard = std::make_shared<booking::Guard>();
  const auto with_booking = [a, guard](CLI::App* command) {
    command->add_option("--booking", a->booking)->required()->check(CLI::NonNegativeNumber);
    add_guard_options(command, guard);
  };
  const auto with_target = [a, with_booking](CLI::App* command) {
    command->add_option("--voyage", a->voyage)->required();
    command->add_option("--suite", a->suite, "a suite by name");
    command->add_option("--class", a->suite_class, "the lowest free suite of a class");
    with_booking(command);
  };

  CLI::App* open = add("open", "adds suites of a class to a voyage (operator)", [a]() -> booking::Command {
    if ((a->suites == 0) == a->names.empty())
      throw UserError("give either --suites N (at least 1) or --names S1,S2,...");
    return booking::Open{a->voyage, a->suite_class, a->suites, a->names};
  });
  open->add_option("--voyage", a->voyage)->required();
  open->add_option("--class", a->suite_class)->required();
  open->add_option("--suites", a->suites, "how many: named CLASS-1 ... CLASS-N");
  open->add_option("--names", a->names, "or their names")->delimiter(',');

  with_target(add("reserve", "takes a suite for a booking",
                  [a, guard]() -> booking::Command { return booking::Reserve{target_of(*a), a->booking, *guard}; }));
  CLI::App* hold = add("hold", "takes a suite for a while", [a, guard]() -> booking::Command {
    return booking::Hold{target_of(*a), a->booking, a->ttl, *guard};
  });
  with_target(hold);
  hold->add_option("--ttl", a->ttl, "seconds")->required()->check(CLI::NonNegativeNumber);
  with_booking(add("confirm", "confirms a booking",
                   [a, guard]() -> booking::Command { return booking::Confirm{a->booking, *guard}; }));
  with_booking(add("cancel", "frees a booking's suite",
                   [a, guard]() -> booking::Command { return booking::Cancel{a->booking, *guard}; }));
  CLI::App* show =
      add("show", "a voyage's suites, a booking, a shard, a job or the epoch", [a] { return show_of(*a); });
  show->add_option("--voyage", a->voyage);
  show->add_option("--suite", a->suite);
  const auto number_given = [a](std::uint64_t number) {
    a->booking = number;
    a->has_booking = true;
  };
  show->add_option_function<std::uint64_t>("--booking", number_given)->check(CLI::NonNegativeNumber);
  show->add_option("--shard", a->shard, "its owner and epoch");
  show->add_option("--job", a->job, "its token, and who holds the lease");
  show->add_flag("--epoch", a->epoch, "the harbor's epoch");
  add_control_commands(add);
}

}  // namespace breakwater::cli

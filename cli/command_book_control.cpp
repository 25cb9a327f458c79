#include <charconv>
#include <ctime>

#include "cli/app.hpp"
#include "cli/book_control.hpp"

namespace breakwater::cli {

namespace {

struct ControlArguments {
  std::string shard, owner, job, candidate;
  std::uint64_t expect = 0, token = 0, ttl = 0;
  std::optional<std::uint64_t> new_ttl;
};

// Agreed time, to the second: "2030-01-31 12:00:00 UTC".
std::string utc(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  char text[64];
  if (::gmtime_r(&seconds, &parts) == nullptr || std::strftime(text, sizeof text, "%F %T UTC", &parts) == 0) {
    return std::to_string(us) + " us";
  }
  return text;
}

std::string describe(const booking::ShardView& view) {
  return "shard " + view.shard + ", " + (view.owner ? "owner " + *view.owner : "no owner") + ", epoch " +
         std::to_string(view.epoch);
}

std::string describe(const booking::JobView& view) {
  const std::string job = "job " + view.job + ", ";
  if (view.lease) {
    return job + "token " + std::to_string(view.token) + ", held by " + view.lease->candidate + " until " +
           utc(view.lease->expires_us);
  }
  return job + (view.token == 0 ? "never held" : "free, last token " + std::to_string(view.token));
}

std::string describe(const booking::EpochView& view) { return "epoch " + std::to_string(view.epoch); }

}  // namespace

booking::Fence parse_fence(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  booking::Fence fence;
  if (colon != std::string::npos && colon > 0) {
    fence.job = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, fence.token);
    if (error == std::errc{} && stop == end) return fence;
  }
  throw UserError("--fence: '" + text + "' is not JOB:TOKEN, such as nightly:7; `acquire` gives the token");
}

void add_guard_options(CLI::App* command, const std::shared_ptr<booking::Guard>& guard) {
  command->add_option_function<std::string>(
      "--fence", [guard](const std::string& text) { guard->fence = parse_fence(text); },
      "JOB:TOKEN: refused when that lease is no longer held");
  command->add_option("--epoch", guard->epoch, "refused when the harbor's epoch is another")
      ->check(CLI::NonNegativeNumber);
}

void add_control_commands(const AddBookCommand& add) {
  const auto a = std::make_shared<ControlArguments>();
  const auto with_job = [a](CLI::App* command) { command->add_option("--job", a->job)->required(); };
  const auto with_token = [a, with_job](CLI::App* command) {
    with_job(command);
    command->add_option("--token", a->token, "the fencing token that `acquire` gave")
        ->required()
        ->check(CLI::NonNegativeNumber);
  };

  CLI::App* assign = add("assign-shard", "gives a shard to an owner, if its epoch is E",
                         [a]() -> booking::Command { return booking::AssignShard{a->shard, a->owner, a->expect}; });
  assign->add_option("--shard", a->shard)->required();
  assign->add_option("--owner", a->owner)->required();
  assign->add_option("--expect-epoch", a->expect, "the shard's epoch as it is now; 0 at first")
      ->required()
      ->check(CLI::NonNegativeNumber);

  CLI::App* acquire = add("acquire", "the lease of a job, with a fencing token that only grows",
                          [a]() -> booking::Command { return booking::Acquire{a->job, a->candidate, a->ttl}; });
  with_job(acquire);
  acquire->add_option("--candidate", a->candidate, "who will do the job")->required();
  acquire->add_option("--ttl", a->ttl, "seconds")->required()->check(CLI::NonNegativeNumber);

  CLI::App* renew = add("renew", "prolongs a lease, from now",
                        [a]() -> booking::Command { return booking::Renew{a->job, a->token, a->new_ttl}; });
  with_token(renew);
  renew->add_option("--ttl", a->new_ttl, "seconds; as many as the last time when not given")
      ->check(CLI::NonNegativeNumber);
  with_token(
      add("release", "gives a lease up", [a]() -> booking::Command { return booking::Release{a->job, a->token}; }));
  with_token(add("check-fence", "whether a token is good: its lease is held",
                 [a]() -> booking::Command { return booking::CheckFence{a->job, a->token}; }));
  add("bump-epoch", "the harbor's next epoch, if it is E now",
      [a]() -> booking::Command { return booking::BumpEpoch{a->expect}; })
      ->add_option("--expect", a->expect, "the epoch as it is now; 0 at first")
      ->required()
      ->check(CLI::NonNegativeNumber);
}

std::string describe_control(const booking::Result& result) {
  if (const auto* v = std::get_if<booking::ShardView>(&result.view)) return describe(*v);
  if (const auto* v = std::get_if<booking::JobView>(&result.view)) return describe(*v);
  if (const auto* v = std::get_if<booking::EpochView>(&result.view)) return describe(*v);
  return "";
}

}  // namespace breakwater::cli

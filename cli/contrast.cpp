#include "cli/contrast.hpp"

#include <algorithm>

#include "audit/sales.hpp"
#include "cli/contrast_load.hpp"
#include "cli/engine_tools.hpp"
#include "cli/live_group.hpp"
#include "cli/partition.hpp"
#include "cli/store_files.hpp"

namespace breakwater::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSomeWrites = 200;  // that show a group at work
constexpr auto kRecoveryPatience = 30s;
constexpr auto kHopeless = 3s;  // how long a group beyond its means is asked
constexpr std::uint64_t kBooking = 8841, kRival = 8849;
constexpr const char* kVoyage = "HP";
constexpr const char* kSuite = "S12";

// One harbor, its load, and what is known so far.
struct Trial {
  Trial(const std::filesystem::path& dir, const std::string& engine,
        const std::map<ReplicaId, std::string>& byzantine = {})
      : group(dir, engine, byzantine), load(group.harbor()) {
    result.engine = engine;
    result.quorums = group.harbor().quorums();
    result.harbor = dir;
  }
  const Quorums& quorums() const { return result.quorums; }

  LiveGroup group;
  ContrastLoad load;
  ContrastResult result;
};

std::string of_group(const Trial& trial, std::uint32_t count) {
  return std::to_string(count) + " of " + std::to_string(trial.quorums().n);
}

std::string seconds(std::optional<std::chrono::milliseconds> time) {
  if (!time) return "never";
  const auto tenths = (time->count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string name(ReplicaId id) { return "replica " + std::to_string(id.value); }

// Who has which suite by one replica's store; and by the longest of them.
struct Story {
  SequenceNumber length;
  audit::Occupancy occupancy;
};
Story story_of(const Harbor& harbor, ReplicaId id) {
  Story story;
  const auto file = StoreFile::open(harbor, id);
  if (file == nullptr) return story;
  const Roster roster = harbor.config.roster();
  // Damage is the audit's to report.
  static_cast<void>(audit::walk_history(file->store(), reading_of(harbor.config, roster), [&](const auto& slot) {
    story.length = slot.slot.sequence;
    audit::note_sales(slot, story.occupancy);
    return true;
  }));
  return story;
}
Story longest_story(const Harbor& harbor) {
  Story longest;
  for (const auto& [id, replica] : harbor.config.replicas) {
    Story story = story_of(harbor, id);
    if (story.length > longest.length) longest = std::move(story);
  }
  return longest;
}

// Acknowledged bookings that the longest history does not hold, or holds in another suite.
std::size_t forgotten(const Trial& trial) {
  std::map<std::uint64_t, std::string> held;
  const Story longest = longest_story(trial.group.harbor());
  for (const auto& [suite, booking] : longest.occupancy.occupied()) held[booking] = suite.suite;
  return static_cast<std::size_t>(std::ranges::count_if(trial.load.acknowledged(), [&](const auto& told) {
    const auto found = held.find(told.first);
    return found == held.end() || found->second != told.second;
  }));
}

// Stops the group and reads its stores.
void conclude(Trial& trial) {
  trial.group.stop_all();
  const HarborAudit audit = audit_stores(trial.group.harbor(), [](ReplicaId, SequenceNumber) {});
  ContrastResult& result = trial.result;
  result.double_sold = audit.report.double_sold;
  result.accused = audit.report.accused;
  for (const pbft::Evidence& evidence : audit.report.evidence) result.proofs.emplace(pbft::name_of(evidence.kind));
  const std::size_t lost = forgotten(trial);
  result.safe = !audit.report.violated() && lost == 0;
  if (lost > 0) result.detail += " " + std::to_string(lost) + " acknowledged bookings are in NO log.";
}

// What the audit found of the suites, in words.
std::string sales_text(const ContrastResult& result) {
  if (result.double_sold.empty()) return " Each suite has one booking.";
  return " " + std::to_string(result.double_sold.size()) + " suites have TWO bookings.";
}

void expect_work(Trial& trial) {
  if (!trial.load.run_for_accepted(kSomeWrites, kRecoveryPatience)) {
    throw ExperimentFailed("an answer to the load of " + trial.result.harbor.string() + " did not come in time");
  }
}

// What is decided is in the journals at once, and in the archive, which is all that a reader of the stores has, a tick
// or two later: whoever is killed for good before that takes the last slots out of every reader's sight.
void wait_until_archived(const Trial& trial) {
  trial.group.wait_until_level();
  SequenceNumber executed;
  for (const auto& [id, report] : trial.group.status().reports) executed = std::max(executed, report.executed);
  wait_for([&] { return longest_story(trial.group.harbor()).length >= executed; }, kRecoveryPatience,
           "the archive of what was executed");
}

// --- crash-stop

ContrastResult crash_stop(const std::filesystem::path& dir, const std::string& engine) {
  Trial trial(dir, engine);
  expect_work(trial);
  const std::string role(trial.group.harbor().config.kind().leading_role);
  const auto since = ContrastLoad::Clock::now();
  for (std::uint32_t i = 0; i < trial.quorums().f; ++i) {
    trial.group.kill(i == 0 ? trial.group.leader() : *trial.group.running().rbegin());
  }
  trial.result.recovery = trial.load.run_until_back(since, kRecoveryPatience);
  trial.result.live = trial.result.recovery && trial.load.run_for_accepted(kSomeWrites, kRecoveryPatience);

  wait_until_archived(trial);
  trial.group.kill(*trial.group.running().begin());
  const bool accepts = trial.load.run_until_back(ContrastLoad::Clock::now(), kHopeless).has_value();
  const bool says_so = !trial.group.status().quorum_healthy;

  trial.result.detail =
      "The " + role + " was killed, " + of_group(trial, trial.quorums().f) + ": the others went on after " +
      seconds(trial.result.recovery) + ". With " + of_group(trial, trial.quorums().f + 1) + " dead no " +
      std::to_string(trial.quorums().quorum) +
      " are left to decide anything: " + (accepts ? "yet writes were ACCEPTED." : "no write was accepted") +
      (accepts   ? ""
       : says_so ? ", and the status says so."
                 : ", but the status does NOT say so.");
  conclude(trial);
  trial.result.over_f = {trial.result.safe, accepts};
  trial.result.as_expected = trial.result.safe && trial.result.live && !accepts && says_so;
  return trial.result;
}

// --- crash-recovery

ContrastResult crash_recovery(const std::filesystem::path& dir, const std::string& engine) {
  Trial trial(dir, engine);
  expect_work(trial);
  const ReplicaId leader = trial.group.leader();
  const std::set<ReplicaId> all = trial.group.running();
  trial.group.kill(leader);
  const auto without = trial.load.run_until_back(ContrastLoad::Clock::now(), kRecoveryPatience);
  trial.group.start(leader);
  expect_work(trial);

  for (const ReplicaId id : all) trial.group.kill(id);
  const auto since = ContrastLoad::Clock::now();
  for (const ReplicaId id : all) trial.group.start(id);
  trial.result.recovery = trial.load.run_until_back(since, kRecoveryPatience);
  trial.result.live = trial.result.recovery && trial.load.run_for_accepted(kSomeWrites, kRecoveryPatience);
  trial.group.wait_until_level();

  trial.result.detail =
      name(leader) + " was killed under load and came back (the others went on after " + seconds(without) +
      "); then all " + std::to_string(all.size()) + " were killed at once and started again: writes were accepted " +
      seconds(trial.result.recovery) + " later. Whatever was promised was on disk before it was said.";
  conclude(trial);
  if (trial.result.safe) {
    trial.result.detail += " All " + std::to_string(trial.load.acknowledged().size()) +
                           " bookings that were acknowledged are in the logs.";
  }
  trial.result.as_expected = trial.result.safe && trial.result.live;
  return trial.result;
}

// --- partition

// A client that knows one replica only asks it for a suite. What it was told stands in `told`: accepted or refused, or
// nothing when it was told nothing.
struct LoneClient {
  LoneClient(Harbor only_it, const std::string& voyage, std::uint64_t booking) : harbor(std::move(only_it)) {
    client.client().greet();
    const booking::Reserve command{{voyage, kSuite, std::nullopt}, booking};
    client.client().submit(client.next_number(), {booking::encode(command)}, Client::Clock::now(), kHopeless,
                           [this](const Outcome& outcome) {
                             done = true;
                             if (outcome.status != ReplyStatus::executed || outcome.results.size() != 1) return;
                             const auto result = booking::decode_result(outcome.results[0]);
                             told = result && result->accepted;
                           });
  }
  Harbor harbor;
  HarborClient client{harbor, "desk-" + std::to_string(ContrastLoad::kDesks + 1)};
  bool done = false;
  std::optional<bool> told;
};

Harbor with_only(const Harbor& harbor, ReplicaId id) {
  Harbor side = harbor;
  std::erase_if(side.config.replicas, [&](const auto& replica) { return replica.first != id; });
  return side;
}

ViewNumber view_of(const Trial& trial, ReplicaId id) {
  const GroupStatus status = trial.group.status();
  const auto report = status.reports.find(id);
  if (report == status.reports.end()) throw ExperimentFailed("the status of " + name(id) + " did not come in time");
  return report->second.view;
}

ContrastResult partition(const std::filesystem::path& dir, const std::string& engine) {
  Trial trial(dir, engine);
  expect_work(trial);
  const Harbor& harbor = trial.group.harbor();
  if (!trial.load.open(kVoyage, {kSuite})) throw ExperimentFailed("an answer to an opening did not come in time");
  const ReplicaId stale = trial.group.leader();
  const ViewNumber old_view = view_of(trial, stale);
  std::set<ReplicaId> others = trial.group.running();
  others.erase(stale);

  const auto since = ContrastLoad::Clock::now();
  if (!split_network(harbor, {{stale}, others}, 5s).empty()) throw ExperimentFailed("a partition did not come in time");
  LoneClient lone(with_only(harbor, stale), kVoyage, kRival);
  trial.load.accompany(&lone.client);
  trial.result.recovery = trial.load.run_until_back(since, kRecoveryPatience);
  trial.load.run_until([&] { return lone.done; }, kHopeless + 2s);
  trial.load.accompany(nullptr);
  const std::optional<bool> sold = trial.load.reserve(kVoyage, kSuite, kBooking);
  trial.result.live = trial.result.recovery && sold == true;

  if (!heal_network(harbor, 5s).empty()) throw ExperimentFailed("the end of a partition did not come in time");
  trial.group.wait_until_level();
  const bool is_fenced = view_of(trial, stale) > old_view;
  conclude(trial);
  const auto holders = [&](ReplicaId id) {
    const Story story = story_of(harbor, id);
    const auto holder = story.occupancy.occupied().find({kVoyage, kSuite});
    return holder == story.occupancy.occupied().end() ? 0 : holder->second;
  };
  const bool is_one_story =
      std::ranges::all_of(harbor.config.replicas, [&](const auto& r) { return holders(r.first) == kBooking; });
  const bool minority_sold = lone.told == true;
  trial.result.safe = trial.result.safe && !minority_sold && is_one_story;
  trial.result.detail = name(stale) + ", which led, was cut off from the others, who replaced it and " +
                        (sold == true ? "sold " : "did NOT sell ") + kSuite + " to " + std::to_string(kBooking) +
                        ". A client that could reach only the old one asked it to sell " + kSuite + " to " +
                        std::to_string(kRival) + ": " +
                        (minority_sold ? "it SOLD it." : "it accepted nothing, for it had no quorum.") +
                        (is_fenced ? " When the network healed it followed the later view or term"
                                   : " When the network healed it did NOT follow a later view or term") +
                        (is_one_story ? ", and every log says " : ", and the logs do NOT all say ") +
                        std::to_string(kBooking) + "." + trial.result.detail;
  trial.result.as_expected = trial.result.safe && trial.result.live && is_fenced;
  return trial.result;
}

// --- Byzantine

// Desks race for suites, S1 to S24 of three voyages; the two bookings of S12 on the first are 8841 and 8849. True when
// all were answered; a group that has stopped to answer is not asked for another voyage.
bool race_for_suites(Trial& trial) {
  std::vector<std::string> suites;
  for (int s = 1; s <= 24; ++s) suites.push_back("S" + std::to_string(s));
  for (std::uint64_t voyage = 1; voyage <= 3; ++voyage) {
    const std::string name = kVoyage + std::string("-") + std::to_string(voyage);
    const bool answered = trial.load.open(name, suites) && trial.load.race(name, suites, [&](std::size_t i) {
      if (voyage == 1 && suites[i] == kSuite) return std::pair{kBooking, kRival};
      const std::uint64_t booking = 100'000 * voyage + 2 * i;
      return std::pair{booking, booking + 1};
    });
    if (!answered) return false;
  }
  return true;
}

bool is_sold_twice(const ContrastResult& result, const std::string& suite) {
  return std::ranges::any_of(result.double_sold, [&](const audit::DoubleSale& s) { return s.suite.suite == suite; });
}

std::string first_sale(const ContrastResult& result) {
  const auto sale = std::ranges::find(result.double_sold, std::string(kSuite),
                                      [](const audit::DoubleSale& s) { return s.suite.suite; });
  const audit::DoubleSale& shown = sale == result.double_sold.end() ? result.double_sold.front() : *sale;
  return shown.suite.suite + " to " + std::to_string(*shown.bookings.begin()) + " in one log and to " +
         std::to_string(*shown.bookings.rbegin()) + " in another";
}

ContrastResult byzantine(const std::filesystem::path& dir, const std::string& engine) {
  const ReplicaId liar(0);
  Trial trial(dir, engine, {{liar, "equivocate"}});
  const bool signs = tools_of(trial.group.harbor().config).signs;
  trial.load.reset_gap();
  const bool raced = race_for_suites(trial);
  trial.result.live = raced && trial.load.run_for_accepted(kSomeWrites, kRecoveryPatience);
  trial.result.recovery = trial.load.longest_gap();
  trial.group.wait_until_level(signs ? std::set{liar} : std::set<ReplicaId>{});
  conclude(trial);
  ContrastResult& result = trial.result;
  if (signs) {
    result.as_expected = result.safe && result.live && result.accused == std::set{liar} && !result.proofs.empty();
    result.detail =
        "The primary sent different batches to different backups. A slot is decided by " +
        std::to_string(result.quorums.quorum) +
        " signed commits for one digest, and two such quorums share a replica that does not lie, so at most "
        "one batch of a slot can win. " +
        (result.accused.contains(liar)
             ? "The two signed proposals met, and prove who lied; whoever sees that proof changes the view."
             : "Its lie was NOT proved.") +
        sales_text(result) + result.detail;
  } else {
    result.as_expected = !result.safe && result.live && is_sold_twice(result, kSuite);
    result.detail =
        "The leader sent one order to one follower and another to the other. A follower believes its leader "
        "and answers for nobody's word but its own" +
        (result.double_sold.empty() ? "; yet no suite was sold twice." + result.detail
                                    : ", so both logs were committed: suite " + first_sale(result) +
                                          ". Nothing was signed: the audit sees that the logs differ, and cannot say "
                                          "who lied." +
                                          result.detail);
  }
  return result;
}

// --- over budget

ContrastResult collusion(const std::filesystem::path& dir, const std::string& engine) {
  const std::set<ReplicaId> liars = {ReplicaId(0), ReplicaId(1)};
  Trial trial(dir, engine, {{ReplicaId(0), "collude:with=1"}, {ReplicaId(1), "collude:with=0"}});
  // Each of the others hears the liars only.
  if (!split_network(trial.group.harbor(),
                     {{ReplicaId(0), ReplicaId(1), ReplicaId(2)}, {ReplicaId(0), ReplicaId(1), ReplicaId(3)}}, 5s)
           .empty()) {
    throw ExperimentFailed("a partition did not come in time");
  }
  trial.load.reset_gap();
  trial.result.live = race_for_suites(trial);
  trial.result.recovery = trial.load.longest_gap();
  conclude(trial);
  ContrastResult& result = trial.result;
  const bool innocent_accused = !std::ranges::includes(liars, result.accused);
  const bool enough = result.accused.size() >= result.quorums.weak;
  result.as_expected = !result.safe && enough && !innocent_accused;
  result.detail =
      "Two of four lied together, one more than the group survives, and the network kept the other two "
      "apart: each was shown its own order, with enough signatures under it" +
      (result.double_sold.empty() ? "" : ": suite " + first_sale(result)) +
      ". But whoever signs for both sides leaves both signatures behind, and the audit convicts " +
      (enough ? "as many as it takes to break the group." : "FEWER than it takes to break the group.");
  return result;
}

}  // namespace

const std::vector<Fault>& fault_models() {
  static const std::vector<Fault> kFaults = {
      {"crash-stop", "f replicas die, the leader first; then one more", crash_stop, true},
      {"crash-recovery", "kill -9 under load, then of all at once; all come back", crash_recovery, true},
      {"partition", "the leader is cut off with the minority; then the network heals", partition, true},
      {"byzantine", "the leader tells one replica \"S12 to 8841\", another \"S12 to 8849\"", byzantine, true},
  };
  return kFaults;
}

const Fault& over_budget() {
  static const Fault kFault = {"over-budget", "f+1 replicas lie together, and the network helps them", collusion,
                               false};
  return kFault;
}

}  // namespace breakwater::cli

#include "cli/rejoin.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "cli/process.hpp"
#include "crypto/keys.hpp"
#include "node/process_table.hpp"
#include "replica/group_commands.hpp"

namespace breakwater::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAdvancesAtOnce = 8;
constexpr auto kAnswerTimeout = std::chrono::seconds(20);
constexpr auto kSettling = std::chrono::seconds(5);
constexpr auto kLook = std::chrono::milliseconds(100);

struct PublicHalf {
  PublicKey key;
  CurvePublicKey curve_key;
};

PublicHalf public_half(const SecretKeys& keys) {
  return {SigningKey::from_seed(keys.seed).public_key(), curve_public_key(keys.curve)};
}

void rename_durably(const fs::path& from, const fs::path& to) {
  fs::rename(from, to);
  if (!sync_directory(to.parent_path()))
    throw UserError(to.parent_path().string() + ": cannot be synced; check its disk");
}

void write_durably(const fs::path& file, const std::string& text) {
  const fs::path fresh = file.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written) throw UserError(file.string() + ": cannot be written; free space on this disk");
  rename_durably(fresh, file);
}

std::string first_word(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

std::string text_of(SequenceNumber n) { return std::to_string(n.value); }

}  // namespace

Rejoin::Rejoin(Harbor harbor, ReplicaId id, std::function<void(const std::string&)> say)
    : harbor_(std::move(harbor)), id_(id), say_(std::move(say)) {
  if (!harbor_.config.replicas.contains(id_)) {
    throw UserError("--id " + std::to_string(id_.value) + ": this harbor has replicas 0 to " +
                    std::to_string(harbor_.config.replicas.size() - 1));
  }
  if (!harbor_.config.kind().readmits) {
    throw UserError("rejoin is not supported in a " + harbor_.config.engine +
                    " group: its members sign nothing, so nobody could tell what a new incarnation of " + name() +
                    " promised from what the lost one did; restore its store, or make a new harbor");
  }
  if (!is_local(entry())) {
    throw UserError(name() + " runs on host " + entry().host + "; run 'breakwater rejoin' there");
  }
}

Rejoin::Outcome Rejoin::run(std::chrono::milliseconds timeout) {
  const Clock::time_point deadline = Clock::now() + timeout;
  begin();
  const std::optional<SecretKeys> keys = pending_keys();
  if (keys && entry().key != public_half(*keys).key) {
    const std::optional<Era> era = readmit(*keys, deadline);
    if (!era) {
      outcome_.waits_for = "the group to execute its readmission";
      return outcome_;
    }
    stop_replica();
    if (outcome_.lost) set_store_aside();
    else keep_old_key();
    take_over(*keys, *era);
  }
  if (keys) rename_durably(home() / "key.next", home() / "key");
  outcome_.incarnation = entry().incarnation;
  outcome_.readmitted = entry().readmitted;
  outcome_.effective = entry().effective;
  start_replica();
  outcome_.votes = carry(deadline);
  if (outcome_.votes) fs::remove(home() / "rejoin");
  return outcome_;
}

// A replica that runs and takes part has its memory; any other is taken for one that lost it.
void Rejoin::begin() {
  const fs::path under_way = home() / "rejoin";
  fs::create_directories(home());
  outcome_.resumed = fs::exists(under_way);
  if (outcome_.resumed) {
    outcome_.lost = first_word(under_way) == "lost";
    return say_("taking up the readmission of " + name() + " where it was left");
  }
  const auto works = [](const std::string& role) {
    return role == "primary" || role == "backup" || role == "view-changing";
  };
  const auto all_work = [&](const GroupStatus& g) {
    return std::ranges::all_of(g.reports, [&](const auto& r) { return works(r.second.role); });
  };
  // Who has just been started listens for a moment before it takes part.
  const Clock::time_point patience = Clock::now() + kSettling;
  GroupStatus group = ask_group(harbor_, std::chrono::seconds(3), false);
  while (!all_work(group) && Clock::now() < patience) {
    std::this_thread::sleep_for(kLook);
    group = ask_group(harbor_, std::chrono::seconds(3), false);
  }
  const auto report = group.reports.find(id_);
  outcome_.lost = report == group.reports.end() || !works(report->second.role);
  const auto others =
      std::ranges::count_if(group.reports, [&](const auto& r) { return r.first != id_ && works(r.second.role); });
  if (static_cast<std::uint32_t>(others) < harbor_.quorums().quorum) {
    throw UserError("only " + std::to_string(others) + " other replicas work, and it takes " +
                    std::to_string(harbor_.quorums().quorum) + " to readmit " + name() + "; start them first");
  }
  say_(outcome_.lost ? name() + " does not take part: it will come back with an empty store"
                     : name() + " takes part: it keeps its store and gets new keys");
  std::error_code none;
  fs::remove(home() / "key.next", none);
  SecretKeys keys;
  keys.seed = SigningKey::random_seed();
  keys.curve = new_curve_key_pair().secret_key;
  const fs::path fresh = home() / "key.next.new";
  fs::remove(fresh, none);
  if (const auto written = write_secret_keys(fresh, keys); !written) throw UserError(written.error().message);
  rename_durably(fresh, home() / "key.next");
  write_durably(under_way, outcome_.lost ? "lost\n" : "kept\n");
}

std::optional<SecretKeys> Rejoin::pending_keys() const {
  if (!fs::exists(home() / "key.next")) return std::nullopt;
  const auto keys = load_secret_keys(home() / "key.next");
  if (!keys) throw UserError(keys.error().message);
  return *keys;
}

// Nothing when the group does not answer in time.
std::optional<Era> Rejoin::readmit(const SecretKeys& keys, Clock::time_point deadline) {
  const PublicHalf half = public_half(keys);
  const Readmit command{id_, entry().incarnation.next(), half.key, ChannelKey{half.curve_key.bytes}};
  HarborClient client(harbor_, "operator");
  client.take_single_numbers();
  client.client().greet();
  while (Clock::now() < deadline) {
    std::optional<breakwater::Outcome> answer;
    client.client().submit(client.next_number(), {encode(GroupCommand(command))}, Clock::now(),
                           std::min<Clock::duration>(kAnswerTimeout, deadline - Clock::now()),
                           [&](const breakwater::Outcome& o) { answer = o; });
    while (!answer) pump({&client});
    if (answer->status != ReplyStatus::executed || answer->results.size() != 1) continue;
    const auto result = decode_group_result(answer->results[0]);
    if (!result || !result->era) {
      throw UserError("the group refused to readmit " + name() + ": " +
                      std::string(result ? name_of(result->reason) : "it does not know the command") +
                      "; compare cluster.toml with that of the other hosts");
    }
    say_("readmitted as incarnation " + std::to_string(result->era->incarnation.value) + " by slot " +
         text_of(result->era->readmitted) + "; it speaks from checkpoint " + text_of(result->era->effective) + " on");
    return result->era;
  }
  return std::nullopt;
}

void Rejoin::stop_replica() {
  if (const auto pid = running_replica(harbor_.dir, id_.value)) stop_processes({*pid}, std::chrono::seconds(10));
}

// Its slots are fetched again; what it holds may still be of use to a person.
void Rejoin::set_store_aside() {
  const fs::path store = home() / "store";
  if (!fs::exists(store)) return;
  fs::path aside = home() / ("store.incarnation-" + std::to_string(entry().incarnation.value));
  for (int i = 1; fs::exists(aside); ++i) aside = aside.string() + "-" + std::to_string(i);
  rename_durably(store, aside);
  say_("the old store is put aside as " + aside.string());
}

void Rejoin::keep_old_key() {
  const fs::path kept = home() / ("key." + std::to_string(entry().incarnation.value));
  if (fs::exists(kept)) return;
  fs::create_hard_link(home() / "key", kept);
  if (!sync_directory(home())) throw UserError(home().string() + ": cannot be synced; check its disk");
}

void Rejoin::take_over(const SecretKeys& keys, const Era& era) {
  ReplicaEntry& mine = harbor_.config.replicas.at(id_);
  const PublicHalf half = public_half(keys);
  mine.earlier.push_back({mine.era(), mine.key, mine.curve_key});
  mine.incarnation = era.incarnation;
  mine.readmitted = era.readmitted;
  mine.effective = era.effective;
  mine.key = half.key;
  mine.curve_key = half.curve_key;
  if (const auto saved = save_cluster_config(harbor_.cluster_file(), harbor_.config); !saved) {
    throw UserError(saved.error().message);
  }
}

void Rejoin::start_replica() {
  if (!running_replica(harbor_.dir, id_.value)) started_ = spawn_replica(harbor_, id_, "");
}

// Until it takes part and its new incarnation counts; false when time runs out.
bool Rejoin::carry(Clock::time_point deadline) {
  HarborClient client(harbor_, "operator");
  client.client().greet();
  Clock::time_point next_look{};
  SequenceNumber reached, told;
  while (Clock::now() < deadline) {
    if (Clock::now() >= next_look) {
      const GroupStatus group = ask_group(harbor_, std::chrono::milliseconds(300), false);
      for (const auto& [id, report] : group.reports) {
        if (id != id_) reached = std::max(reached, report.chosen);
      }
      if (const auto mine = group.reports.find(id_); mine != group.reports.end()) {
        const StatusReport& report = mine->second;
        const bool takes_part = report.role == "primary" || report.role == "backup";
        if (takes_part && report.stable_checkpoint >= entry().effective) return true;
        outcome_.waits_for = report.waiting_for;
      } else {
        // Between its fork and its exec a process is not to be found by its command line.
        if (started_ ? has_ended(*started_) : !running_replica(harbor_.dir, id_.value)) {
          throw UserError(name() + " ended: " + last_log_line(harbor_, id_) + "; mend that, and run this again");
        }
        outcome_.waits_for = name() + " to start; see " + (home() / "log").string();
      }
      if (reached.value >= told.value + 100 && reached < entry().effective) {
        say_("slot " + text_of(reached) + " of " + text_of(entry().effective));
        told = reached;
      }
      next_look = Clock::now() + kLook;
    }
    while (reached < entry().effective && client.client().outstanding() < kAdvancesAtOnce) {
      ++outcome_.advances;
      client.client().submit(client.next_number(), {encode(GroupCommand(Advance{}))}, Clock::now(), kAnswerTimeout,
                             [&](const breakwater::Outcome& o) { reached = std::max(reached, o.sequence); });
    }
    pump({&client});
  }
  return false;
}

}  // namespace breakwater::cli

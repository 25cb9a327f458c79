#include "tests/scenarios/story.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

#include "sim/cluster.hpp"

namespace breakwater::testing {

namespace {

using sim::Cluster;
using sim::ClusterOptions;

constexpr const char* kTraceLine = "--- trace";

class Teller {
 public:
  Told tell(const Story& story) {
    for (const std::string& line : story.lines) {
      std::istringstream words(line);
      std::string verb;
      if (!(words >> verb) || verb[0] == '#') continue;
      out_ << "> " << line << "\n";
      line_ = line;
      if (set_world(verb, words)) continue;
      start();
      if (!act(verb, words)) throw std::runtime_error("unknown line in a story: " + line);
      show();
      const std::string violation = cluster_->violation();
      if (!violation.empty()) problem(violation);
    }
    return {out_.str(), problems_};
  }

 private:
  bool set_world(const std::string& verb, std::istringstream& words) {
    if (verb == "replicas") return static_cast<bool>(words >> options_.replicas);
    if (verb == "seed") return static_cast<bool>(words >> options_.seed);
    if (verb == "delay") return static_cast<bool>(words >> options_.min_delay_ms >> options_.max_delay_ms);
    if (verb == "byzantine") {
      std::uint32_t id = 0;
      words >> id;
      return static_cast<bool>(words >> options_.byzantine[id]);
    }
    return false;
  }

  void start() {
    if (cluster_ != nullptr) return;
    cluster_ = std::make_unique<Cluster>(options_);
    cluster_->trace = [this](const std::string& event) {
      const std::size_t name = event.rfind(' ');
      if (event.starts_with("  ")) ++messages_[event.substr(name + 1)];
      else out_ << "  " << event << "\n";
    };
  }

  static booking::Target target(std::istringstream& words) {
    booking::Target t;
    std::string suite_class;
    words >> t.voyage >> suite_class;
    t.suite_class = suite_class;
    return t;
  }

  bool act(const std::string& verb, std::istringstream& words) {
    const auto number = [&] {
      std::uint64_t n = 0;
      words >> n;
      return n;
    };
    const auto replica = [&] { return static_cast<std::uint32_t>(number()); };
    if (verb == "open") {
      booking::Open open;
      words >> open.voyage >> open.suite_class >> open.suites;
      cluster_->submit(0, open);
    } else if (verb == "reserve") {
      const std::uint32_t client = replica();
      const booking::Target t = target(words);
      cluster_->submit(client, booking::Reserve{t, number()});
    } else if (verb == "hold") {
      const std::uint32_t client = replica();
      const booking::Target t = target(words);
      const booking::BookingNumber b = number();
      cluster_->submit(client, booking::Hold{t, b, number()});
    } else if (verb == "confirm") {
      const std::uint32_t client = replica();
      cluster_->submit(client, booking::Confirm{number()});
    } else if (verb == "cancel") {
      const std::uint32_t client = replica();
      cluster_->submit(client, booking::Cancel{number()});
    } else if (verb == "run") {
      cluster_->run_for(number());
    } else if (verb == "answered") {
      if (!cluster_->run_until([&] { return cluster_->all_answered(); }, number())) problem("not all answered in time");
    } else if (verb == "converge") {
      if (!cluster_->run_until([&] { return converged(); }, number())) problem("no convergence in time");
    } else if (verb == "isolate") {
      cluster_->isolate(replica());
    } else if (verb == "partition") {
      partition(words);
    } else if (verb == "heal") {
      cluster_->heal();
      cluster_->set_loss(0, 0);
    } else if (verb == "loss") {
      const std::uint32_t drop = replica();
      cluster_->set_loss(drop, replica());
    } else if (verb == "skew") {
      const std::uint32_t id = replica();
      std::int64_t seconds = 0;
      words >> seconds;
      cluster_->skew_clock(id, seconds * 1'000'000);
    } else if (verb == "crash") {
      cluster_->crash(replica());
    } else if (verb == "restart") {
      cluster_->restart(replica());
    } else if (verb == "crash-before-send") {
      const std::uint32_t id = replica();
      cluster_->crash_before_send(id, number());
    } else if (verb == "crash-at-commit") {
      const std::uint32_t id = replica();
      cluster_->crash_at_commit(id, number());
    } else if (verb == "drop") {
      std::string kind;
      words >> kind;
      const std::uint32_t from = replica();
      cluster_->filter(
          [kind, from](ReplicaId f, ReplicaId, const Message& m) { return f.value != from || m.name() != kind; });
    } else if (verb == "expect") {
      expect(words);
    } else {
      return false;
    }
    return true;
  }

  void partition(std::istringstream& words) {
    std::vector<std::vector<std::uint32_t>> sides;
    for (std::string side; words >> side;) {
      std::istringstream ids(side);
      sides.emplace_back();
      for (std::string id; std::getline(ids, id, ',');) {
        sides.back().push_back(static_cast<std::uint32_t>(std::stoul(id)));
      }
    }
    cluster_->partition(sides);
  }

  bool converged() {
    std::set<std::pair<std::uint64_t, Digest>> states;
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (!cluster_->is_up(id) || cluster_->is_byzantine(id)) continue;
      const EngineStatus s = cluster_->status(id);
      if (s.role == "view-changing" || s.executed != s.chosen) return false;
      states.emplace(s.executed.value, cluster_->replica(id).state_digest());
    }
    return states.size() == 1;
  }

  void expect(std::istringstream& words) {
    std::string what, reason;
    words >> what;
    if (what == "refused") words >> reason;
    std::uint64_t wanted = 0, found = 0;
    words >> wanted;
    if (what == "view") {
      found = cluster_->status(static_cast<std::uint32_t>(wanted)).view.value;
      words >> wanted;
      if (found != wanted) problem("the view is " + std::to_string(found));
      return;
    }
    if (what == "accused" || what == "nobody-accused") return expect_accused(what, wanted);
    for (std::size_t i = 0; i < cluster_->calls(); ++i) {
      const Cluster::Call& call = cluster_->call(i);
      if (what == "unanswered") found += !call.result;
      if (what == "accepted") found += call.result && call.result->accepted;
      if (what == "refused") found += call.result && name_of(call.result->reason) == reason;
    }
    if (found != wanted) problem("found " + std::to_string(found));
  }

  // Every correct replica up holds convicting evidence against `replica` (or none against anybody).
  void expect_accused(const std::string& what, std::uint64_t replica) {
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      if (!cluster_->is_up(id) || cluster_->is_byzantine(id)) continue;
      std::set<std::uint32_t> accused;
      for (const auto& conviction : cluster_->convictions(id)) accused.insert(conviction.accused.value);
      const bool right = what == "accused" ? accused.contains(static_cast<std::uint32_t>(replica)) : accused.empty();
      if (!right)
        problem("replica " + std::to_string(id) + " holds evidence against " + std::to_string(accused.size()));
    }
  }

  void show() {
    if (!messages_.empty()) {
      out_ << "  sent:";
      for (const auto& [name, count] : messages_) out_ << " " << name << "=" << count;
      out_ << "\n";
      messages_.clear();
    }
    for (std::uint32_t id = 0; id < options_.replicas; ++id) {
      std::ostringstream now;
      if (!cluster_->is_up(id)) {
        now << "down";
      } else {
        const EngineStatus s = cluster_->status(id);
        now << s.role << " view " << s.view.value << " executed " << s.executed.value << " stable "
            << s.stable_checkpoint.value << (s.suspects.empty() ? "" : " suspects someone");
      }
      if (now.str() != shown_[id]) out_ << "  " << id << ": " << now.str() << "\n";
      shown_[id] = now.str();
    }
  }

  void problem(const std::string& what) { problems_.push_back("at \"" + line_ + "\": " + what); }

  ClusterOptions options_;
  std::unique_ptr<Cluster> cluster_;
  std::ostringstream out_;
  std::map<std::string, int> messages_;
  std::map<std::uint32_t, std::string> shown_;
  std::vector<std::string> problems_;
  std::string line_;
};

}  // namespace

Story read_story(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  Story story;
  bool in_trace = false;
  for (std::string line; std::getline(in, line);) {
    if (line == kTraceLine) in_trace = true;
    else if (in_trace) story.golden += line + "\n";
    else story.lines.push_back(line);
  }
  return story;
}

void write_story(const std::filesystem::path& file, const Story& story, const std::string& trace) {
  std::ofstream out(file);
  for (const std::string& line : story.lines) out << line << "\n";
  out << kTraceLine << "\n" << trace;
}

Told tell(const Story& story) { return Teller().tell(story); }

}  // namespace breakwater::testing

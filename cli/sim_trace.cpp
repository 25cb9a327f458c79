#include "cli/sim_trace.hpp"

#include <deque>
#include <fstream>

#include "cli/app.hpp"
#include "sim/run.hpp"

namespace breakwater::cli {

namespace {

constexpr std::size_t kDiagramArrows = 300;  // more than that nobody looks at: the last ones, which led to the end

std::string contents_of(const Message& message) {
  const auto* s = dynamic_cast<const pbft::StatementMessage*>(&message);
  if (s == nullptr) return "";
  return " v" + std::to_string(s->view().value) + " n" + std::to_string(s->sequence().value) + " " +
         to_hex(s->digest().view()).substr(0, 6);
}

struct Line {
  std::uint64_t ms;
  std::string text;     // of the trace
  std::string diagram;  // Mermaid; empty: not shown there
};

}  // namespace

void write_sim_trace(const std::filesystem::path& file, std::uint64_t seed, const sim::Plan& plan) {
  std::ofstream out(file);
  if (!out) throw UserError("--trace: " + file.string() + " cannot be written; name a file in a directory that exists");
  const bool diagram = file.extension() == ".mmd";
  std::deque<Line> lines;
  const sim::Outcome outcome = sim::run(plan, [&](sim::Cluster& world) {
    const auto add = [&](Line line) {
      lines.push_back(std::move(line));
      if (diagram && lines.size() > kDiagramArrows) lines.pop_front();
    };
    world.on_send = [&, add](std::uint64_t ms, std::uint32_t from, std::uint32_t to, const Message& message) {
      const std::string what = std::string(message.name()) + contents_of(message);
      const std::string arrow = "  R" + std::to_string(from) + "->>R" + std::to_string(to) + ": " + what;
      add({ms, std::to_string(from) + " -> " + std::to_string(to) + " " + what, arrow});
    };
    world.trace = [&, add](const std::string& note) {
      if (note.starts_with("  ")) return;
      add({world.now_ms(), note, "  Note over R0: " + std::to_string(world.now_ms()) + " ms " + note});
    };
  });
  const std::string end = outcome.violation
                              ? "VIOLATED " + outcome.violation->property + ": " + outcome.violation->detail
                              : "nothing violated";
  if (diagram) {
    out << "%% seed " << seed << ", the last " << lines.size() << " events: " << end.substr(0, end.find('\n'))
        << "\nsequenceDiagram\n";
    const std::size_t places = plan.options.replicas + plan.options.twins.size();
    for (std::size_t place = 0; place < places; ++place) out << "  participant R" << place << "\n";
    for (const Line& line : lines) out << line.diagram << "\n";
    return;
  }
  out << "seed " << seed << "\n";
  for (const std::string& line : sim::describe(plan)) out << "# " << line << "\n";
  for (const Line& line : lines) out << line.ms << " ms  " << line.text << "\n";
  out << end << "\n";
}

}  // namespace breakwater::cli

#include "cli/sim_trace.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

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

using Lines = std::vector<Line>;

std::ofstream open(const std::filesystem::path& file) {
  std::ofstream out(file);
  if (!out) throw UserError("--trace: " + file.string() + " cannot be written; name a file in a directory that exists");
  return out;
}

void write_text(std::ofstream out, std::uint64_t seed, const sim::Plan& plan, const Lines& lines,
                const std::string& end) {
  out << "seed " << seed << "\n";
  for (const std::string& line : sim::describe(plan)) out << "# " << line << "\n";
  for (const Line& line : lines) out << line.ms << " ms  " << line.text << "\n";
  out << end << "\n";
}

void write_diagram(std::ofstream out, std::uint64_t seed, const sim::Plan& plan, const Lines& lines,
                   const std::string& end) {
  const std::size_t shown = std::min(lines.size(), kDiagramArrows);
  out << "%% seed " << seed << ", the last " << shown << " events: " << end.substr(0, end.find('\n'))
      << "\nsequenceDiagram\n";
  const std::size_t places = plan.options.replicas + plan.options.twins.size();
  for (std::size_t place = 0; place < places; ++place) out << "  participant R" << place << "\n";
  for (auto line = lines.end() - static_cast<std::ptrdiff_t>(shown); line != lines.end(); ++line) {
    out << line->diagram << "\n";
  }
}

}  // namespace

std::filesystem::path write_sim_trace(const std::filesystem::path& file, std::uint64_t seed, const sim::Plan& plan) {
  std::filesystem::path diagram = file;
  diagram.replace_extension(".mmd");
  std::ofstream text_out;
  if (diagram != file) text_out = open(file);  // before the run, which may be long
  std::ofstream diagram_out = open(diagram);
  Lines lines;
  const sim::Outcome outcome = sim::run(plan, [&](sim::Cluster& world) {
    world.on_send = [&](std::uint64_t ms, std::uint32_t from, std::uint32_t to, const Message& message) {
      const std::string what = std::string(message.name()) + contents_of(message);
      const std::string arrow = "  R" + std::to_string(from) + "->>R" + std::to_string(to) + ": " + what;
      lines.push_back({ms, std::to_string(from) + " -> " + std::to_string(to) + " " + what, arrow});
    };
    world.trace = [&](const std::string& note) {
      if (note.starts_with("  ")) return;
      const std::uint64_t ms = world.now_ms();
      lines.push_back({ms, note, "  Note over R0: " + std::to_string(ms) + " ms " + note});
    };
  });
  const std::string end = outcome.violation
                              ? "VIOLATED " + outcome.violation->property + ": " + outcome.violation->detail
                              : "nothing violated";
  if (text_out.is_open()) write_text(std::move(text_out), seed, plan, lines, end);
  write_diagram(std::move(diagram_out), seed, plan, lines, end);
  return diagram;
}

}  // namespace breakwater::cli

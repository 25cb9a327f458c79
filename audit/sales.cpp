#include "audit/sales.hpp"

namespace breakwater::audit {

std::vector<DoubleSale> note_sales(const HistorySlot& slot, Occupancy& occupancy) {
  std::vector<DoubleSale> twice;
  if (!slot.answers) return twice;
  occupancy.at_time(slot.now);
  for (const Application::Answer& answer : *slot.answers) {
    if (answer.verdict != SessionVerdict::fresh) continue;  // executed before, if ever
    const auto commands = decode_commands(answer.request->body);
    for (std::size_t i = 0; commands && i < commands->size(); ++i) {
      const auto command = booking::decode_command((*commands)[i]);
      const auto result = booking::decode_result(answer.results[i]);
      if (!command || !result) continue;  // "malformed": sells nothing
      if (auto sale = occupancy.note(*command, *result)) twice.push_back(std::move(*sale));
    }
  }
  return twice;
}

}  // namespace breakwater::audit

// From the slots of a history to who has which suite.
#pragma once

#include "audit/history.hpp"
#include "audit/occupancy.hpp"

namespace breakwater::audit {

// Notes what a slot sold and freed; the suites that it sold a second time. A slot whose answers nobody can say notes
// nothing.
std::vector<DoubleSale> note_sales(const HistorySlot& slot, Occupancy& occupancy);

}  // namespace breakwater::audit

#include "cli/slot_walk.hpp"

#include "booking/booking_machine.hpp"

namespace breakwater::cli {

std::expected<void, StoreError> walk_slots(const Store& store, const ClusterConfig& config, const SlotVisitor& visit) {
  const EngineTools& tools = tools_of(config);
  const Roster roster = config.roster();
  booking::BookingMachine machine;
  Application application(machine, roster);
  std::optional<SequenceNumber> last;
  bool from_the_first = false;
  std::optional<StoreError> damage;
  const auto scanned = store.scan(Table::archive, {}, [&](ByteView key, ByteView value) {
    const std::optional<DecidedSlot> slot = tools.decode_slot(value);
    if (!slot || sequence_of_key(key) != slot->sequence) {
      damage = StoreError{store.where() + ": archived slot " + to_hex(key) + " does not decode"};
      return false;
    }
    if (!last) from_the_first = slot->sequence.value == 1;
    else if (slot->sequence != last->next()) return false;  // decided beyond a gap, not delivered yet
    last = slot->sequence;
    if (!from_the_first) return visit(*slot, nullptr);
    const std::vector<Application::Answer> answers =
        application.apply({slot->sequence, slot->view, slot->batch, false});
    return visit(*slot, &answers);
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (damage) return std::unexpected(*damage);
  return {};
}

}  // namespace breakwater::cli

#include "audit/history.hpp"

#include "booking/booking_machine.hpp"

namespace breakwater::audit {

std::expected<void, StoreError> walk_history(const Store& store, const Reading& reading,
                                             const std::function<bool(const HistorySlot&)>& visit) {
  booking::BookingMachine machine;
  Application application(machine, reading.roster, reading.rules);
  std::optional<SequenceNumber> next;
  bool from_the_first = false;
  std::optional<StoreError> damage;
  const auto scanned = store.scan(Table::archive, {}, [&](ByteView key, ByteView value) {
    const std::optional<DecidedSlot> slot = reading.decode(value);
    if (!slot || sequence_of_key(key) != slot->sequence) {
      damage = StoreError{store.where() + ": archived slot " + to_hex(key) + " does not decode"};
      return false;
    }
    if (!next) {
      next = slot->sequence;
      from_the_first = next->value == 1;
    }
    if (slot->sequence != *next) return false;  // slots beyond a gap were decided but not delivered yet
    next = next->next();

    HistorySlot visited{*slot, std::nullopt, std::nullopt, {}};
    if (from_the_first) {
      const bool ends_in_checkpoint = slot->sequence.value % reading.rules.checkpoint_interval == 0;
      visited.answers = application.apply({slot->sequence, slot->view, slot->batch, ends_in_checkpoint});
      if (ends_in_checkpoint) visited.state = application.root();
      visited.now = application.now();
    }
    return visit(visited);
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (damage) return std::unexpected(*damage);
  return {};
}

}  // namespace breakwater::audit

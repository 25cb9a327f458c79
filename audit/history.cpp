#include "audit/history.hpp"

#include "booking/booking_machine.hpp"

namespace breakwater::audit {

std::expected<void, StoreError> walk_history(const Store& store, const Roster& roster, const pbft::Config& config,
                                             const std::function<bool(const HistorySlot&)>& visit) {
  booking::BookingMachine machine;
  Application application(machine, roster);
  std::optional<SequenceNumber> next;
  bool from_the_first = false;
  std::optional<StoreError> damage;
  const auto scanned = store.scan(Table::archive, {}, [&](ByteView key, ByteView value) {
    const std::optional<SequenceNumber> sequence = sequence_of_key(key);
    const std::optional<pbft::ArchivedSlot> archived = pbft::decode_archived(value);
    if (!sequence || !archived || archived->commits.statement.sequence != *sequence) {
      damage = StoreError{store.where() + ": archived slot " + to_hex(key) + " does not decode"};
      return false;
    }
    if (!next) {
      next = *sequence;
      from_the_first = sequence->value == 1;
    }
    if (*sequence != *next) return false;  // slots beyond a gap were decided but not delivered yet
    next = next->next();

    HistorySlot slot{*sequence, *archived, std::nullopt, std::nullopt, {}};
    if (from_the_first) {
      const bool ends_in_checkpoint = config.is_checkpoint(*sequence);
      slot.answers =
          application.apply({*sequence, archived->commits.statement.view, archived->batch, ends_in_checkpoint});
      if (ends_in_checkpoint) slot.state = application.root();
      slot.now = application.now();
    }
    return visit(slot);
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (damage) return std::unexpected(*damage);
  return {};
}

}  // namespace breakwater::audit

// What a checkpoint saves of the state, and when it is hashed.
#include "replica/application.hpp"

#include <boost/test/unit_test.hpp>

#include "booking/booking_machine.hpp"
#include "crypto/batch.hpp"
#include "replica/leaf_keys.hpp"
#include "store/layout.hpp"

namespace breakwater {
namespace {

using booking::Cancel;
using booking::Reserve;

constexpr std::uint32_t kBundle = 256;

Bytes reservation(std::uint64_t number) { return booking::encode(Reserve{{"V", std::nullopt, "A"}, number, {}}); }
Bytes cancellation(std::uint64_t number) { return booking::encode(Cancel{number, {}}); }
Bytes booking_key(std::uint64_t number) { return Writer().u8('b').u8('b').ordered_u64(number).take(); }

// One replica's state. Each slot has one request of client 0, the operator.
struct Copy {
  Copy() : application(machine, roster(), {}) {
    execute({booking::encode(booking::Open{"V", "A", booking::kMaxSuitesPerClass, {}})});
  }
  static const Roster& roster() {
    static const Roster made = [] {
      Roster roster;
      roster.add_client(ClientId(0), {PublicKey{}, ClientRole::operator_role});
      return roster;
    }();
    return made;
  }
  void execute(const std::vector<Bytes>& commands) {
    ++slots;
    const auto request =
        std::make_shared<const Request>(make_request(ClientId(0), RequestNumber(slots), encode_commands(commands), {}));
    application.apply({SequenceNumber(slots), ViewNumber(0), make_batch(AgreedTime(slots), {request}), false});
  }
  void execute_each(std::uint64_t first, std::uint64_t last, Bytes (*command)(std::uint64_t)) {
    for (std::uint64_t n = first; n <= last; n += kBundle) {
      std::vector<Bytes> commands;
      for (std::uint64_t i = n; i <= std::min(last, n + kBundle - 1); ++i) commands.push_back(command(i));
      execute(commands);
    }
  }
  // The keys of bookings that a checkpoint here would save; they come in the order of the store.
  std::vector<Bytes> take_saved() {
    std::vector<Bytes> keys;
    for (const Record& record : application.take_unsaved()) {
      BOOST_TEST((keys.empty() || keys.back() < record.key));
      BOOST_TEST((!record.value || unseal_value(record.table, record.key, *record.value)));
      keys.push_back(record.key);
    }
    std::erase_if(keys, [](const Bytes& key) { return leaf_key(key).size() != booking_key(0).size(); });
    return keys;
  }

  booking::BookingMachine machine;
  Application application;
  std::uint64_t slots = 0;
};

BOOST_AUTO_TEST_SUITE(application)

BOOST_AUTO_TEST_CASE(a_booking_that_came_and_went_has_changed_nothing) {
  Copy copy;
  const std::vector<Bytes> first{stored_leaf_key(booking_key(1))};
  copy.execute({reservation(1)});
  BOOST_TEST((copy.take_saved() == first));
  copy.execute({cancellation(1), reservation(2), cancellation(2)});
  BOOST_TEST((copy.take_saved() == first));
  // A number that had a leaf comes and goes again, and then one that had none.
  copy.execute({reservation(1)});
  BOOST_TEST((copy.take_saved() == first));
  copy.execute({cancellation(1), reservation(1), cancellation(1)});
  BOOST_TEST((copy.take_saved() == first));
  copy.execute({reservation(1), cancellation(1)});
  BOOST_TEST(copy.take_saved().empty());
}

// Whoever hashes in between, and whoever restarts, comes to the same root.
BOOST_AUTO_TEST_CASE(when_leaves_are_hashed_does_not_show) {
  Copy copy, often;
  const auto execute_each = [&](std::uint64_t first, std::uint64_t last, Bytes (*command)(std::uint64_t)) {
    for (std::uint64_t n = first; n <= last; n += kBundle) {
      for (Copy* each : {&copy, &often}) each->execute_each(n, std::min(last, n + kBundle - 1), command);
      often.application.root();
    }
  };
  execute_each(1, kLeavesAtOnce - 1, reservation);
  BOOST_TEST(copy.machine.changes() == kLeavesAtOnce - 1);
  execute_each(kLeavesAtOnce, kLeavesAtOnce + 100, reservation);
  BOOST_TEST(copy.machine.changes() == 0u);  // with that slot they were hashed
  execute_each(1, 50, cancellation);
  BOOST_TEST((copy.application.root() == often.application.root()));

  Copy restored;
  restored.application.clear();
  for (const Record& record : copy.application.take_unsaved()) {
    if (!record.value) continue;
    BOOST_REQUIRE(
        restored.application.load(leaf_key(record.key), *unseal_value(record.table, record.key, *record.value)));
  }
  BOOST_TEST((restored.application.root() == copy.application.root()));
  BOOST_TEST(often.take_saved().size() == kLeavesAtOnce + 100);
  BOOST_TEST(copy.take_saved().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

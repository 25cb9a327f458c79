// The command that readmits a replica, and what it leaves in the replicated state.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "booking/booking_machine.hpp"
#include "crypto/batch.hpp"
#include "replica/application.hpp"
#include "replica/leaf_keys.hpp"
#include "store/layout.hpp"

namespace breakwater {
namespace {

constexpr GroupRules kRules{128, 512};

Roster four_replicas() {
  Roster roster(Digest{{9}});
  for (std::uint8_t id = 0; id < 4; ++id) {
    roster.add_replica(ReplicaId(id), Incarnation(0), PublicKey{{std::uint8_t(id + 1)}});
  }
  roster.add_client(ClientId(0), {PublicKey{{20}}, ClientRole::operator_role});
  roster.add_client(ClientId(1), {PublicKey{{21}}, ClientRole::desk});
  return roster;
}

Readmit command_for(std::uint32_t replica, std::uint32_t incarnation, std::uint8_t key) {
  return {ReplicaId(replica), Incarnation(incarnation), PublicKey{{key}}, ChannelKey{{key}}};
}

GroupResult apply(Membership& membership, const GroupCommand& command, std::uint64_t slot,
                  ClientRole role = ClientRole::operator_role) {
  return membership.apply(encode(command), role, SequenceNumber(slot));
}

struct Refusal {
  const char* what;
  Readmit command;
  GroupReason reason;
};
std::ostream& operator<<(std::ostream& out, const Refusal& r) { return out << r.what; }

// After replica 2 was readmitted by slot 100 under key 100, effective from 640.
const Refusal kRefused[] = {
    {"a stranger", command_for(4, 1, 101), GroupReason::unknown_replica},
    {"the first incarnation", command_for(1, 0, 101), GroupReason::wrong_incarnation},
    {"one too far", command_for(1, 2, 101), GroupReason::wrong_incarnation},
    {"the same incarnation under another key", command_for(2, 1, 101), GroupReason::wrong_incarnation},
    {"before the earlier one counts", command_for(2, 2, 101), GroupReason::not_in_effect_yet},
    {"a replica's first key", command_for(1, 1, 1), GroupReason::key_taken},
    {"its own first key", command_for(1, 1, 2), GroupReason::key_taken},
    {"a desk's key", command_for(1, 1, 21), GroupReason::key_taken},
    {"a later key", command_for(1, 1, 100), GroupReason::key_taken},
    {"no key", command_for(1, 1, 0), GroupReason::key_taken},
};

BOOST_AUTO_TEST_SUITE(membership)

BOOST_AUTO_TEST_CASE(it_takes_effect_at_the_first_checkpoint_one_log_window_later) {
  for (const auto& [slot, effective] : {std::pair{1u, 640u}, {128u, 640u}, {129u, 768u}, {100u, 640u}}) {
    Membership membership(four_replicas(), kRules);
    const GroupResult result = apply(membership, command_for(2, 1, 100), slot);
    BOOST_TEST((result.reason == GroupReason::none));
    BOOST_TEST((result.era == Era{Incarnation(1), SequenceNumber(slot), SequenceNumber(effective)}));
  }
}

BOOST_AUTO_TEST_CASE(it_enters_the_roster_and_is_announced) {
  const Roster roster = four_replicas();
  Membership membership(roster, kRules);
  std::vector<Readmission> announced;
  membership.on_readmission = [&](const Readmission& r) { announced.push_back(r); };
  apply(membership, command_for(2, 1, 100), 100);
  BOOST_TEST(announced.size() == 1u);
  BOOST_TEST((*roster.key_of({SignerRole::replica, 2, Incarnation(1)}) == PublicKey{{100}}));
  BOOST_TEST((*roster.key_of({SignerRole::replica, 2, Incarnation(0)}) == PublicKey{{3}}));
  BOOST_TEST((roster.incarnation_at(ReplicaId(2), SequenceNumber(641)) == Incarnation(1)));
}

BOOST_DATA_TEST_CASE(it_is_refused, boost::unit_test::data::make(kRefused), refusal) {
  Membership membership(four_replicas(), kRules);
  apply(membership, command_for(2, 1, 100), 100);
  membership.take_changed();
  const GroupResult result = apply(membership, refusal.command, 640);
  BOOST_TEST(name_of(result.reason) == name_of(refusal.reason));
  BOOST_TEST(!result.era.has_value());
  BOOST_TEST(membership.take_changed().empty());
  BOOST_TEST(membership.readmissions().size() == 1u);
}

BOOST_AUTO_TEST_CASE(once_it_counts_the_next_may_follow) {
  Membership membership(four_replicas(), kRules);
  apply(membership, command_for(2, 1, 100), 100);
  BOOST_TEST((apply(membership, command_for(2, 2, 101), 640).reason == GroupReason::not_in_effect_yet));
  BOOST_TEST((apply(membership, command_for(2, 2, 101), 641).era->effective == SequenceNumber(1280)));
}

BOOST_AUTO_TEST_CASE(asked_again_it_answers_as_before) {
  Membership membership(four_replicas(), kRules);
  const GroupResult first = apply(membership, command_for(2, 1, 100), 100);
  BOOST_TEST((apply(membership, command_for(2, 1, 100), 300) == first));
  BOOST_TEST(membership.readmissions().size() == 1u);
}

BOOST_AUTO_TEST_CASE(desks_and_groups_without_readmission_are_refused) {
  Membership membership(four_replicas(), kRules);
  BOOST_TEST((apply(membership, command_for(2, 1, 100), 5, ClientRole::desk).reason == GroupReason::not_permitted));
  BOOST_TEST((apply(membership, Advance{}, 5, ClientRole::desk).reason == GroupReason::not_permitted));
  Membership raft(four_replicas(), {128, 0});
  BOOST_TEST((apply(raft, command_for(2, 1, 100), 5).reason == GroupReason::not_supported));
  BOOST_TEST((apply(raft, Advance{}, 5).reason == GroupReason::none));
}

BOOST_AUTO_TEST_CASE(hostile_bytes_are_malformed) {
  Membership membership(four_replicas(), kRules);
  Bytes bytes = encode(GroupCommand(command_for(2, 1, 100)));
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    const ByteView cut = ByteView(bytes).first(length);
    BOOST_TEST(is_group_command(cut));
    BOOST_TEST((membership.apply(cut, ClientRole::operator_role, SequenceNumber(1)).reason == GroupReason::malformed));
  }
  bytes.push_back(0);
  BOOST_TEST((membership.apply(bytes, ClientRole::operator_role, SequenceNumber(1)).reason == GroupReason::malformed));
  BOOST_TEST(membership.readmissions().empty());
}

BOOST_AUTO_TEST_CASE(commands_and_results_survive_their_bytes) {
  const GroupCommand readmit = command_for(3, 7, 42), advance = Advance{};
  BOOST_TEST((decode_group_command(encode(readmit)) == readmit));
  BOOST_TEST((decode_group_command(encode(advance)) == advance));
  const GroupResult results[] = {{},
                                 {GroupReason::key_taken, std::nullopt},
                                 {GroupReason::none, Era{Incarnation(1), SequenceNumber(2), SequenceNumber(3)}}};
  for (const GroupResult& result : results) BOOST_TEST((decode_group_result(encode(result)) == result));
  BOOST_TEST(!decode_group_result(to_bytes("x")).has_value());
  BOOST_TEST(!decode_group_command({}).has_value());
}

// --- as part of the replicated state

struct Copy {
  Roster roster = four_replicas();
  booking::BookingMachine machine;
  Application application{machine, roster, kRules};
};

Committed slot_with(const GroupCommand& command, std::uint64_t number, std::uint32_t client = 0) {
  const auto request = std::make_shared<Request>(
      make_request(ClientId(client), RequestNumber(number), encode_commands({encode(command)}), {}));
  return {SequenceNumber(number), ViewNumber(0), make_batch(AgreedTime(number), {request}), false};
}

ByteView value_of(const Record& sealed) { return unseal_value(sealed.table, sealed.key, *sealed.value).value(); }

BOOST_AUTO_TEST_CASE(a_readmission_is_under_the_root_and_survives_a_reload) {
  Copy first, untouched;
  first.application.apply(slot_with(command_for(2, 1, 100), 1));
  untouched.application.apply(slot_with(Advance{}, 1));
  BOOST_TEST((first.application.root() != untouched.application.root()));

  Copy second;
  std::vector<Readmission> announced;
  second.application.membership().on_readmission = [&](const Readmission& r) { announced.push_back(r); };
  for (const Record& record : first.application.take_unsaved()) {
    if (record.value) BOOST_TEST(second.application.load(leaf_key(record.key), value_of(record)));
  }
  BOOST_TEST((second.application.root() == first.application.root()));
  BOOST_TEST((announced == first.application.membership().readmissions()));
  BOOST_TEST((*second.roster.key_of({SignerRole::replica, 2, Incarnation(1)}) == PublicKey{{100}}));
}

BOOST_AUTO_TEST_CASE(a_damaged_leaf_does_not_load) {
  Copy first;
  first.application.apply(slot_with(command_for(2, 1, 100), 1));
  for (const Record& record : first.application.take_unsaved()) {
    const ByteView key = leaf_key(record.key);
    if (!record.value || !Membership::owns(key)) continue;
    const ByteView value = value_of(record);
    Bytes longer(value.begin(), value.end()), wrong_key(key.begin(), key.end());
    longer.push_back(0);
    wrong_key.push_back(0);
    Copy second;
    BOOST_TEST(!second.application.load(key, longer));
    BOOST_TEST(!second.application.load(key, value.first(20)));
    BOOST_TEST(!second.application.load(wrong_key, value));
    return;
  }
  BOOST_ERROR("no leaf of a readmission");
}

// What a newer configuration knows must not change what is executed.
BOOST_AUTO_TEST_CASE(a_roster_that_knows_more_decides_the_same) {
  Copy plain, informed;
  informed.roster.add_replica(ReplicaId(2), {Incarnation(1), SequenceNumber(5), SequenceNumber(640)}, PublicKey{{100}});
  for (Copy* copy : {&plain, &informed}) copy->application.apply(slot_with(command_for(2, 1, 100), 1));
  BOOST_TEST((plain.application.root() == informed.application.root()));
  BOOST_TEST((informed.roster.incarnations()->eras_of(ReplicaId(2)).back().readmitted == SequenceNumber(1)));
}

BOOST_AUTO_TEST_CASE(commands_of_the_group_are_no_reads) {
  Copy copy;
  const Committed slot = slot_with(Advance{}, 1);
  BOOST_TEST(!copy.application.only_reads(*slot.batch->requests[0]));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

// State transfer: what a source gives, and what a fetcher makes of it, true or false.
#include <boost/test/unit_test.hpp>
#include <functional>

#include "replica/leaf_keys.hpp"
#include "replica/state_fetcher.hpp"
#include "store/memory_disk.hpp"

namespace breakwater {
namespace {

using State = std::map<std::string, std::string>;

// A replica's store with the state of one checkpoint in it.
struct Home {
  explicit Home(ReplicaId id) : self(id), source(id, std::size_t{1} << 20) {
    auto opened = Store::open(disk, {Digest{}, id, Incarnation(0)});
    BOOST_REQUIRE(opened && opened->claim());
    store = std::make_unique<Store>(*opened);
  }
  void save(std::uint64_t sequence, const State& next) {
    std::vector<Record> records;
    for (const auto& [key, value] : state) {
      if (next.contains(key)) continue;
      records.push_back({Table::leaves, stored_leaf_key(as_bytes(key)), std::nullopt});
      tree.erase(as_bytes(key));
    }
    for (const auto& [key, value] : next) {
      records.push_back({Table::leaves, stored_leaf_key(as_bytes(key)), to_bytes(value)});
      tree.put(as_bytes(key), as_bytes(value));
    }
    state = next;
    BOOST_REQUIRE(store->commit(records));
    tree.root();
    source.add({SequenceNumber(sequence), tree.nodes(), std::move(*store->freeze())});
  }
  Fetch checkpoint() { return {source.latest()->sequence, source.latest()->root()}; }
  State stored() const {
    State out;
    BOOST_REQUIRE(store->scan(Table::leaves, {}, [&](ByteView key, ByteView value) {
      const ByteView own = leaf_key(key);
      out[std::string(own.begin(), own.end())] = std::string(value.begin(), value.end());
      return true;
    }));
    return out;
  }
  std::size_t rows(Table table) const {
    std::size_t count = 0;
    BOOST_REQUIRE(store->scan(table, {}, [&](ByteView, ByteView) { return ++count > 0; }));
    return count;
  }

  ReplicaId self;
  MemoryDisk disk;
  std::unique_ptr<Store> store;
  StateTree tree;
  State state;
  StateSource source;
};

State some_state(int leaves, const std::string& value = "value") {
  State state;
  for (int i = 0; i < leaves; ++i) state["key-" + std::to_string(i)] = value + std::to_string(i);
  return state;
}

// Replica 0 fetches from 1, 2 and 3. `tamper` may change an answer, or lose it by giving null.
struct Group {
  using Tamper = std::function<std::shared_ptr<StateAnswer>(ReplicaId from, std::shared_ptr<StateAnswer> answer)>;

  // One round: every request is answered. False once the fetch is over.
  bool round(const Tamper& tamper = nullptr) {
    auto records = fetcher.take_staged();
    leaves_fetched += records.size();
    BOOST_REQUIRE(homes[0].store->commit(records));
    const auto state = fetcher.advance(homes[0].source.latest(), *homes[0].store);
    BOOST_REQUIRE(state.has_value());
    last = *state;
    if (last != StateFetcher::State::working) return false;
    for (const auto& outgoing : fetcher.take_requests()) {
      const auto request = std::dynamic_pointer_cast<const StateRequest>(outgoing.request);
      BOOST_REQUIRE(!homes[outgoing.to.value].source.admit(*request));
      homes[outgoing.to.value].source.ask(*request);
      ++asked[outgoing.to];
    }
    for (Home& home : homes) {
      const auto answers = home.source.take_answers();
      BOOST_REQUIRE(answers.has_value());
      for (const auto& outgoing : *answers) {
        auto answer = std::make_shared<StateAnswer>(dynamic_cast<const StateAnswer&>(*outgoing.answer));
        if (tamper) answer = tamper(home.self, answer);
        if (answer == nullptr) continue;
        if (const auto reason = fetcher.take(*answer)) ++rejected[*reason];
      }
      home.source.tick();
    }
    fetcher.tick();
    return true;
  }
  void fetch(const Tamper& tamper = nullptr) {
    for (int i = 0; i < 5000; ++i) {
      if (!round(tamper)) return;
    }
    BOOST_FAIL("no end: " + fetcher.progress());
  }
  void install() {
    const auto records = fetcher.installation(*homes[0].store);
    BOOST_REQUIRE((records && *records));
    BOOST_REQUIRE(homes[0].store->commit(**records));
  }
  void donors_hold(std::uint64_t sequence, const State& state) {
    for (std::size_t id = 1; id < 4; ++id) homes[id].save(sequence, state);
  }

  std::array<Home, 4> homes{Home(ReplicaId(0)), Home(ReplicaId(1)), Home(ReplicaId(2)), Home(ReplicaId(3))};
  StateFetcher fetcher{ReplicaId(0), 4};
  StateFetcher::State last = StateFetcher::State::working;
  std::map<ReplicaId, int> asked;
  std::map<RejectReason, int> rejected;
  std::size_t leaves_fetched = 0;
};

BOOST_AUTO_TEST_SUITE(state_transfer)

BOOST_AUTO_TEST_CASE(an_empty_replica_gets_everything_from_all_donors) {
  Group group;
  const State state = some_state(20'000);
  group.donors_hold(128, state);
  group.fetcher.start(group.homes[1].checkpoint());
  group.fetch();
  BOOST_TEST((group.last == StateFetcher::State::complete));
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
  BOOST_TEST(group.homes[0].rows(Table::staging) == 0u);
  for (std::uint32_t id = 1; id < 4; ++id) BOOST_TEST(group.asked[ReplicaId(id)] > 5);
  BOOST_TEST(group.rejected.empty());
}

BOOST_AUTO_TEST_CASE(only_what_differs_is_fetched) {
  Group group;
  State state = some_state(20'000);
  group.homes[0].save(128, state);
  state.erase("key-7");
  state["key-8"] = "another";
  state["new"] = "leaf";
  group.donors_hold(256, state);
  group.fetcher.start(group.homes[1].checkpoint());
  group.fetch();
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
  BOOST_TEST(group.leaves_fetched == 2u);
  BOOST_TEST(group.fetcher.bytes() < 20'000u);
}

BOOST_AUTO_TEST_CASE(an_empty_state_and_an_equal_one_need_nothing_or_little) {
  Group group;
  group.homes[0].save(128, some_state(10));
  group.donors_hold(256, {});
  group.fetcher.start(group.homes[1].checkpoint());
  group.fetch();
  group.install();
  BOOST_TEST(group.homes[0].stored().empty());

  Group equal;
  equal.homes[0].save(128, some_state(10));
  equal.donors_hold(256, some_state(10));
  equal.fetcher.start(equal.homes[1].checkpoint());
  equal.fetch();
  BOOST_TEST((equal.last == StateFetcher::State::complete));
  BOOST_TEST(equal.asked.empty());
  equal.install();
  BOOST_TEST((equal.homes[0].stored() == some_state(10)));
}

// Each kind of lie, by one donor: nothing of it gets in, and the others do.
BOOST_AUTO_TEST_CASE(a_liar_is_found_out_and_set_aside) {
  const std::function<void(StateAnswer&)> lies[] = {
      [](StateAnswer& a) {
        if (!a.given[0].digests.empty()) a.given[0].digests[0].bytes[3] ^= 1;
      },
      [](StateAnswer& a) {
        if (!a.given[0].leaves.empty()) a.given[0].leaves[0].value.push_back('x');
      },
      [](StateAnswer& a) {
        if (!a.given[0].leaves.empty()) a.given[0].leaves[0].place ^= 1;
      },
      [](StateAnswer& a) {
        if (!a.given[0].leaves.empty()) a.given[0].leaves.push_back(a.given[0].leaves[0]);
      },
      [](StateAnswer& a) {
        if (a.part == StatePart::leaves) a.given[0].index ^= 1;
      },
      [](StateAnswer& a) {
        if (a.part == StatePart::leaves) a.given[0].index = 5000;
      },
      [](StateAnswer& a) {
        if (a.part == StatePart::bucket) a.given[0].digests.pop_back();
      },
      [](StateAnswer& a) { a.given.clear(); },
  };
  const State state = some_state(20'000);
  for (const auto& lie : lies) {
    Group group;
    group.donors_hold(128, state);
    group.fetcher.start(group.homes[1].checkpoint());
    group.fetch([&](ReplicaId from, std::shared_ptr<StateAnswer> answer) {
      if (from == ReplicaId(2)) lie(*answer);
      return answer;
    });
    group.install();
    BOOST_TEST((group.homes[0].stored() == state));
    BOOST_TEST(group.rejected[RejectReason::bad_chunk] >= 1);
    BOOST_TEST(group.rejected[RejectReason::bad_chunk] <= static_cast<int>(StateFetcher::kWindow));
  }
}

BOOST_AUTO_TEST_CASE(silent_and_stale_donors_are_rotated_out) {
  Group group;
  const State state = some_state(20'000);
  group.homes[1].save(128, some_state(5));  // has another checkpoint only
  for (const std::size_t id : {2u, 3u}) group.homes[id].save(256, state);
  group.fetcher.start(group.homes[2].checkpoint());
  group.fetch(
      [&](ReplicaId from, std::shared_ptr<StateAnswer> answer) { return from == ReplicaId(2) ? nullptr : answer; });
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
  BOOST_TEST(group.asked[ReplicaId(1)] <= 2);
  BOOST_TEST(group.asked[ReplicaId(2)] <= 2 * static_cast<int>(StateFetcher::kMaxStrikes) + 2);
}

// Of a small state every level waits for one part: a dead donor must not be given each second one.
BOOST_AUTO_TEST_CASE(a_dead_donor_holds_a_small_state_up_once) {
  Group group;
  group.donors_hold(128, some_state(40));
  group.fetcher.start(group.homes[1].checkpoint());
  std::uint64_t rounds = 0;
  while (group.round([](ReplicaId from, auto answer) { return from == ReplicaId(3) ? answer : nullptr; })) ++rounds;
  BOOST_TEST((group.last == StateFetcher::State::complete));
  BOOST_TEST(rounds <= 2 * StateFetcher::kPatienceTicks + 20);  // once for each of the two
}

// Two went on to the next checkpoint, and the third is silent: that one is not waited for again and again.
BOOST_AUTO_TEST_CASE(a_newer_checkpoint_comes_before_a_silent_donor) {
  Group group;
  State state = some_state(40);
  group.donors_hold(128, state);
  const Fetch old = group.homes[1].checkpoint();
  state["key-3"] = "moved on";
  for (const std::size_t id : {1u, 2u}) group.homes[id].source.clear();
  for (const std::size_t id : {1u, 2u}) group.homes[id].save(256, state);
  const auto third_is_silent = [](ReplicaId from, auto answer) { return from == ReplicaId(3) ? nullptr : answer; };
  group.fetcher.start(old);
  std::uint64_t rounds = 0;
  while (group.round(third_is_silent)) ++rounds;
  BOOST_TEST((group.last == StateFetcher::State::no_donor));
  BOOST_TEST(rounds <= StateFetcher::kPatienceTicks + 5);
  group.fetcher.start(old);  // nothing newer is known: then the third is waited for
  for (rounds = 0; group.round(third_is_silent);) ++rounds;
  BOOST_TEST((group.last == StateFetcher::State::no_donor));
  BOOST_TEST(rounds > StateFetcher::kPatienceTicks);
  group.fetcher.start(group.homes[1].checkpoint());
  for (rounds = 0; group.round(third_is_silent);) ++rounds;
  BOOST_TEST((group.last == StateFetcher::State::complete));
  BOOST_TEST(rounds <= 20u);
}

BOOST_AUTO_TEST_CASE(without_any_donor_it_says_so_and_a_newer_checkpoint_goes_on_from_what_came) {
  Group group;
  State state = some_state(20'000);
  group.donors_hold(128, state);
  group.fetcher.start(group.homes[1].checkpoint());
  while (group.leaves_fetched < 500) BOOST_REQUIRE(group.round());
  state["key-3"] = "moved on";
  for (std::size_t id = 1; id < 4; ++id) group.homes[id].source.clear();
  group.fetch();
  BOOST_TEST((group.last == StateFetcher::State::no_donor));

  group.donors_hold(256, state);
  group.fetcher.start(group.homes[1].checkpoint());
  group.fetch();
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
  BOOST_TEST(group.leaves_fetched <= 20'000u + 64);
}

BOOST_AUTO_TEST_CASE(a_crash_in_mid_transfer_costs_nothing_again) {
  Group group;
  const State state = some_state(20'000);
  group.donors_hold(128, state);
  group.fetcher.start(group.homes[1].checkpoint());
  while (group.leaves_fetched < 500) BOOST_REQUIRE(group.round());
  const std::size_t staged = group.homes[0].rows(Table::staging);
  BOOST_REQUIRE((staged >= 500 && staged < 19'000));
  BOOST_TEST(group.homes[0].stored().empty());  // no half state

  Group resumed;
  resumed.donors_hold(128, state);
  std::vector<Record> kept;
  BOOST_REQUIRE(group.homes[0].store->scan(Table::staging, {}, [&](ByteView key, ByteView value) {
    kept.push_back({Table::staging, Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end())});
    return true;
  }));
  BOOST_REQUIRE(resumed.homes[0].store->commit(kept));
  resumed.fetcher.start(resumed.homes[1].checkpoint());
  resumed.fetch();
  resumed.install();
  BOOST_TEST((resumed.homes[0].stored() == state));
  BOOST_TEST(resumed.leaves_fetched == state.size() - staged);
}

// Its own checkpoint moves while it fetches, and takes away what it counted on.
BOOST_AUTO_TEST_CASE(what_was_at_home_may_go) {
  Group group;
  const State state = some_state(20'000);
  State half = some_state(10'000);
  group.homes[0].save(128, half);
  group.donors_hold(512, state);
  group.fetcher.start(group.homes[1].checkpoint());
  while (group.leaves_fetched < 500) BOOST_REQUIRE(group.round());
  group.homes[0].save(256, some_state(300, "others"));
  group.fetch();
  BOOST_TEST((group.last == StateFetcher::State::complete));
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
}

BOOST_AUTO_TEST_CASE(a_state_with_leaves_larger_than_a_chunk) {
  Group group;
  State state = some_state(100);
  for (const char* key : {"large-1", "large-2"}) state[key] = std::string(3 * kStateChunkBytes, 'x');
  group.donors_hold(128, state);
  group.fetcher.start(group.homes[1].checkpoint());
  group.fetch();
  group.install();
  BOOST_TEST((group.homes[0].stored() == state));
}

BOOST_AUTO_TEST_CASE(an_answer_that_nobody_asked_for_changes_nothing) {
  Group group;
  group.donors_hold(128, some_state(10));
  const StateAnswer unasked(ReplicaId(1), 1, SequenceNumber(128), StatePart::nodes, true);
  BOOST_TEST((group.fetcher.admit(unasked) == RejectReason::unwanted_chunk));
  group.fetcher.start(group.homes[1].checkpoint());
  BOOST_REQUIRE(group.fetcher.advance(nullptr, *group.homes[0].store).has_value());
  const auto requests = group.fetcher.take_requests();
  BOOST_REQUIRE(!requests.empty());
  const auto request = std::dynamic_pointer_cast<const StateRequest>(requests[0].request);
  const ReplicaId other(requests[0].to == ReplicaId(1) ? 2 : 1);
  const StateAnswer by_another(other, request->id, SequenceNumber(128), StatePart::nodes, true);
  const StateAnswer of_another_part(requests[0].to, request->id, SequenceNumber(128), StatePart::leaves, true);
  const StateAnswer of_another_checkpoint(requests[0].to, request->id, SequenceNumber(256), StatePart::nodes, true);
  for (const StateAnswer& answer : {by_another, of_another_part, of_another_checkpoint}) {
    BOOST_TEST((group.fetcher.take(answer) == RejectReason::unwanted_chunk));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(state_source)

StateRequest request(std::uint32_t from, std::uint64_t checkpoint, StatePart part, StateRequest::Want want) {
  return {ReplicaId(from), 1, SequenceNumber(checkpoint), part, {std::move(want)}};
}

BOOST_AUTO_TEST_CASE(hostile_requests_are_refused) {
  Home home(ReplicaId(0));
  home.save(128, some_state(10));
  for (const StateRequest& bad :
       {request(1, 128, StatePart::nodes, {2, {}}), request(1, 128, StatePart::nodes, {128, {}}),
        request(1, 128, StatePart::nodes, {1, {0}}), request(1, 128, StatePart::bucket, {4096, {}}),
        request(1, 128, StatePart::leaves, {4096, {0}}), request(1, 128, StatePart::leaves, {0, {}}),
        request(1, 128, StatePart::leaves, {0, {1, 0}}),
        StateRequest(ReplicaId(1), 1, SequenceNumber(128), StatePart::bucket, {})}) {
    BOOST_TEST((home.source.admit(bad) == RejectReason::bad_structure));
  }
  const StateRequest good = request(1, 128, StatePart::bucket, {0, {}});
  for (std::size_t i = 0; i < StateSource::kMaxWaiting; ++i) {
    BOOST_REQUIRE(!home.source.admit(good));
    home.source.ask(good);
  }
  BOOST_TEST((home.source.admit(good) == RejectReason::throttled));
  BOOST_TEST(!home.source.admit(request(2, 128, StatePart::bucket, {0, {}})));
}

BOOST_AUTO_TEST_CASE(what_is_fetched_stays_for_a_while_and_no_longer) {
  Home home(ReplicaId(0));
  const auto is_held = [&](std::uint64_t checkpoint) {
    home.source.ask(request(1, checkpoint, StatePart::nodes, {1, {}}));
    const auto answers = home.source.take_answers();
    BOOST_REQUIRE((answers && answers->size() == 1));
    return dynamic_cast<const StateAnswer&>(*(*answers)[0].answer).held;
  };
  for (std::uint64_t n = 1; n <= 3; ++n) home.save(n, some_state(static_cast<int>(n)));
  BOOST_TEST(is_held(1));
  for (std::uint64_t n = 4; n <= 8; ++n) home.save(n, some_state(static_cast<int>(n)));
  BOOST_TEST(is_held(1));  // since it was asked for
  BOOST_TEST(!is_held(2));
  BOOST_TEST(is_held(8));
  std::uint64_t kept = 0;
  for (; kept < 2 * StateSource::kMaxPinTicks && is_held(1); ++kept) home.source.tick();
  BOOST_TEST(kept <= StateSource::kMaxPinTicks + 1);
  BOOST_TEST(kept > StateSource::kPinTicks);
}

// What it gives in many ticks, in bytes read and sent, is what it may.
BOOST_AUTO_TEST_CASE(it_gives_no_more_than_it_may) {
  Home home(ReplicaId(0));
  StateSource slow(ReplicaId(0), 1000);
  State state;
  for (int i = 0; i < 50; ++i) state["k" + std::to_string(i)] = std::string(900, 'v');
  home.save(128, state);
  slow.add({SequenceNumber(128), home.tree.nodes(), std::move(*home.store->freeze())});
  std::size_t bytes = 0;
  constexpr std::size_t kTicks = 400;
  for (std::size_t i = 0; i < kTicks; ++i) {
    const StateRequest all = [&] {
      StateRequest r = request(1, 128, StatePart::leaves, {static_cast<std::uint32_t>(0), {0}});
      r.wants.clear();
      for (const auto& [key, value] : state) {
        const std::uint32_t bucket = state_bucket(as_bytes(key));
        const bool known = std::ranges::any_of(r.wants, [&](const auto& w) { return w.index == bucket; });
        if (!known) r.wants.push_back({bucket, {0}});
      }
      return r;
    }();
    if (!slow.admit(all)) slow.ask(all);
    const auto answers = slow.take_answers();
    BOOST_REQUIRE(answers.has_value());
    for (const auto& outgoing : *answers) {
      for (const auto& given : dynamic_cast<const StateAnswer&>(*outgoing.answer).given) {
        for (const auto& leaf : given.leaves) bytes += leaf.value.size();
      }
    }
    slow.tick();
  }
  BOOST_TEST(bytes <= 1000 * kTicks);
  BOOST_TEST(bytes >= 1000 * kTicks / 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

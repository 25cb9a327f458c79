// Which replicas a client lets answer unasked.
#include "client/respondents.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace breakwater {
namespace {

const ReplicaId kPrimary{0};

struct Fixture {
  explicit Fixture(std::uint32_t n = 4) : quorums(Quorums::byzantine(n)), respondents(quorums) {}

  // Outcomes to which all but `silent` contributed, until the choice changes; false when it does not.
  bool until_chosen(const std::set<std::uint32_t>& silent = {}, std::uint32_t most = 10'000) {
    for (std::uint32_t i = 0; i < most; ++i) {
      for (std::uint32_t id = 0; id < quorums.n; ++id) {
        if (!silent.contains(id)) respondents.heard(ReplicaId(id));
      }
      if (respondents.agreed(kPrimary)) return true;
    }
    return false;
  }
  std::string wanted() const {
    std::string out;
    for (std::uint32_t id = 0; id < quorums.n; ++id) {
      if (respondents.is_wanted(ReplicaId(id))) out += std::to_string(id) + " ";
    }
    return out;
  }

  Quorums quorums;
  Respondents respondents;
};

BOOST_AUTO_TEST_SUITE(respondents)

BOOST_AUTO_TEST_CASE(all_answer_until_a_trial_is_over) {
  Fixture f;
  BOOST_TEST(!f.until_chosen({}, Respondents::kFirstTrial - 1));
  BOOST_TEST(f.wanted() == "0 1 2 3 ");
  BOOST_TEST(f.until_chosen({}, 1));
  BOOST_TEST(f.respondents.has_choice());
}

// With the first choice, which is asked itself, they are a weak quorum.
BOOST_DATA_TEST_CASE(one_less_than_a_weak_quorum_is_chosen, boost::unit_test::data::make({4u, 5u, 7u, 10u}), n) {
  Fixture f(n);
  BOOST_REQUIRE(f.until_chosen());
  std::size_t wanted = 0;
  for (std::uint32_t id = 0; id < n; ++id) wanted += f.respondents.is_wanted(ReplicaId(id));
  BOOST_TEST(wanted + 1 == f.quorums.weak);
  BOOST_TEST(!f.respondents.is_wanted(kPrimary));
}

// So that clients that are answered together ask again together.
BOOST_AUTO_TEST_CASE(the_choice_begins_behind_the_first_choice) {
  Fixture f(7);
  BOOST_REQUIRE(f.until_chosen());
  BOOST_TEST(f.wanted() == "1 2 ");
}

BOOST_AUTO_TEST_CASE(whoever_is_silent_or_doubted_is_not_chosen) {
  Fixture f;
  f.respondents.doubt(ReplicaId(1));
  BOOST_REQUIRE(f.until_chosen({2}));
  BOOST_TEST(f.wanted() == "3 ");
}

BOOST_AUTO_TEST_CASE(without_enough_of_them_all_go_on_answering) {
  Fixture f;
  BOOST_TEST(!f.until_chosen({1, 2, 3}));
  BOOST_TEST(f.wanted() == "0 1 2 3 ");
  BOOST_TEST(f.until_chosen());  // they are back
}

BOOST_AUTO_TEST_CASE(a_doubt_is_forgotten_when_there_is_nobody_else) {
  Fixture f;
  for (const std::uint32_t id : {1u, 2u, 3u}) f.respondents.doubt(ReplicaId(id));
  BOOST_TEST(!f.until_chosen({}, Respondents::kFirstTrial));
  BOOST_TEST(f.until_chosen({}, 2 * Respondents::kFirstTrial));
}

BOOST_AUTO_TEST_CASE(a_bad_choice_makes_the_next_trial_longer) {
  Fixture f;
  BOOST_REQUIRE(f.until_chosen());
  f.respondents.want_all();
  BOOST_TEST(f.wanted() == "0 1 2 3 ");
  BOOST_TEST(!f.until_chosen({}, 2 * Respondents::kFirstTrial - 1));
  BOOST_TEST(f.until_chosen({}, 1));
  for (int i = 0; i < 20; ++i) {
    f.respondents.want_all();
    BOOST_REQUIRE(f.until_chosen({}, Respondents::kLongestTrial));
  }
}

BOOST_AUTO_TEST_CASE(another_first_choice_ends_the_choice) {
  Fixture f;
  BOOST_REQUIRE(f.until_chosen());
  BOOST_TEST(f.respondents.agreed(ReplicaId(1)));
  BOOST_TEST(f.wanted() == "0 1 2 3 ");
}

BOOST_AUTO_TEST_CASE(where_one_answer_is_enough_nobody_is_told_anything) {
  Respondents respondents(Quorums::crash(3));
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    respondents.heard(ReplicaId(1));
    BOOST_REQUIRE(!respondents.agreed(ReplicaId(1)));
  }
  BOOST_TEST(respondents.is_wanted(ReplicaId(2)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

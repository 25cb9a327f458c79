// Which connections a client's answers go to.
#include <boost/test/unit_test.hpp>

#include "node/client_routes.hpp"

namespace breakwater {
namespace {

const ClientId kDesk{1};

ClientRoute route(std::uint8_t id) { return {{id}}; }

std::string names(const std::vector<ClientRoute>& routes) {
  std::string out;
  for (const ClientRoute& r : routes) out += std::to_string(r.routing_id.at(0)) + " ";
  return out;
}

BOOST_AUTO_TEST_SUITE(client_routes)

BOOST_AUTO_TEST_CASE(the_asker_gets_its_answer) {
  ClientRoutes routes;
  routes.asked(kDesk, RequestNumber(1), route(10));
  routes.asked(kDesk, RequestNumber(2), route(20));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "10 ");
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(2))) == "20 ");
}

BOOST_AUTO_TEST_CASE(a_retry_over_a_new_connection_moves_the_answer) {
  ClientRoutes routes;
  routes.asked(kDesk, RequestNumber(1), route(10));
  routes.asked(kDesk, RequestNumber(1), route(11));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "11 ");
}

// A replica that the client did not ask executes the request too, and answers wherever the client may listen.
BOOST_AUTO_TEST_CASE(what_nobody_asked_here_goes_to_the_recent_routes) {
  ClientRoutes routes;
  for (std::uint8_t i = 1; i <= ClientRoutes::kRecentRoutes + 2; ++i) routes.heard(kDesk, route(i));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "3 4 5 6 ");
  routes.heard(kDesk, route(3));
  routes.heard(kDesk, route(7));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "5 6 3 7 ");
}

BOOST_AUTO_TEST_CASE(a_route_that_wants_silence_gets_what_it_asked_alone) {
  ClientRoutes routes;
  routes.heard(kDesk, route(1));
  routes.wants_silence(kDesk, route(2), true);
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "1 ");
  routes.asked(kDesk, RequestNumber(1), route(2));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "2 ");
  routes.heard(kDesk, route(2));  // hearing of it changes nothing
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(2))) == "1 ");
  routes.wants_silence(kDesk, route(2), false);
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(2))) == "1 2 ");
}

BOOST_AUTO_TEST_CASE(clients_are_apart) {
  ClientRoutes routes;
  routes.asked(kDesk, RequestNumber(1), route(10));
  BOOST_TEST(routes.routes_of(ClientId(2), RequestNumber(1)).empty());
  BOOST_TEST(!routes.knows_way(ClientId(2), RequestNumber(1)));
}

BOOST_AUTO_TEST_CASE(a_way_is_known_when_there_is_a_route) {
  ClientRoutes routes;
  routes.wants_silence(kDesk, route(1), true);
  BOOST_TEST(!routes.knows_way(kDesk, RequestNumber(1)));
  routes.asked(kDesk, RequestNumber(1), route(1));
  BOOST_TEST(routes.knows_way(kDesk, RequestNumber(1)));
  BOOST_TEST(!routes.knows_way(kDesk, RequestNumber(2)));
  routes.heard(kDesk, route(2));
  BOOST_TEST(routes.knows_way(kDesk, RequestNumber(2)));
}

BOOST_AUTO_TEST_CASE(numbers_are_bounded_and_the_lowest_go_first) {
  ClientRoutes routes;
  routes.asked(kDesk, RequestNumber(1), route(10));
  for (std::uint64_t n = 2; n <= ClientRoutes::kNumbersKept + 1; ++n) routes.asked(kDesk, RequestNumber(n), route(20));
  routes.heard(kDesk, route(30));
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(1))) == "10 20 30 ");  // forgotten: all recent ones
  BOOST_TEST(names(routes.routes_of(kDesk, RequestNumber(2))) == "20 ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater

#define BOOST_TEST_MODULE damage
#include <boost/test/unit_test.hpp>

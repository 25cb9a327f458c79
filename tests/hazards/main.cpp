#define BOOST_TEST_MODULE hazards
#include <boost/test/unit_test.hpp>

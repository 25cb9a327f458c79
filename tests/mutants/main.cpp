#define BOOST_TEST_MODULE mutants
#include <boost/test/unit_test.hpp>

// The rig's own promises.
#include <boost/test/unit_test.hpp>

#include "tests/integration/harbor_rig.hpp"

namespace breakwater::testing {

BOOST_AUTO_TEST_SUITE(harbor_rig)

// Every process is looked at for those that a test left behind, and any of them may end while its file is read: the
// kernel answers that with an error, as it does here.
BOOST_AUTO_TEST_CASE(a_file_that_fails_while_it_is_read_ends_there) { BOOST_TEST(read_file("/proc/self/mem").empty()); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing

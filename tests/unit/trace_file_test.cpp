// Booking traces: what is read, and that each fault is named by file and line.
#include "cli/trace_file.hpp"

#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "cli/app.hpp"

namespace breakwater::cli {
namespace {

namespace fs = std::filesystem;

const std::string kHeader = "date,action,voyage,class,booking\n";
const std::string kGood = "2026-01-02,reserve,V1,Inside,7\n";

// A trace file of its own, gone at the end.
class Trace {
 public:
  explicit Trace(const std::string& text) {
    std::string name = (fs::temp_directory_path() / "breakwater-trace-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    BOOST_REQUIRE(fd >= 0);
    ::close(fd);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~Trace() { fs::remove(path_); }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The fault without the file's name; the name must be there.
std::string fault_of(const std::string& text) {
  const Trace trace(text);
  try {
    read_trace(trace.path());
  } catch (const UserError& error) {
    const std::string what = error.what();
    BOOST_REQUIRE_MESSAGE(what.starts_with(trace.path().string()), what);
    return what.substr(trace.path().string().size());
  }
  return "none";
}

BOOST_AUTO_TEST_SUITE(trace_file)

const std::string kEvents = kHeader + "2026-01-02,reserve,V1,Inside,7\n" + ",confirm,V1,Inside,7\n" +
                            "2026-01-03,cancel,V\xc3\xa9,Deck 9,18446744073709551615\n";

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

const std::string kSpellings[] = {kEvents, with_crlf(kEvents)};

BOOST_DATA_TEST_CASE(a_good_file_is_read_in_order, kSpellings, text) {
  const Trace trace(text);
  const std::vector<TraceEvent> events = read_trace(trace.path());
  BOOST_REQUIRE(events.size() == 3u);
  const booking::Reserve reserve{{"V1", std::nullopt, "Inside"}, 7};
  BOOST_TEST((events[0].command == booking::Command(reserve)));
  BOOST_TEST((events[1].command == booking::Command(booking::Confirm{7})));
  BOOST_TEST((events[2].command == booking::Command(booking::Cancel{18446744073709551615u})));
  BOOST_TEST(events[1].voyage == "V1");
  BOOST_TEST(events[1].suite_class == "Inside");
  BOOST_TEST(events[2].voyage == "V\xc3\xa9");
  BOOST_TEST(events[2].suite_class == "Deck 9");
  BOOST_TEST(events[0].booking == 7u);
  BOOST_TEST(events[2].booking == 18446744073709551615u);
}

BOOST_AUTO_TEST_CASE(a_header_alone_is_a_trace_of_nothing) {
  const Trace trace(kHeader);
  BOOST_TEST(read_trace(trace.path()).empty());
}

struct Fault {
  const char* what;
  std::string text;
  const char* named;  // after the file's name
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.what; }

const Fault kFaults[] = {
    {"empty", "", ": is empty"},
    {"another header", "date,action,voyage,suite,booking\n" + kGood, ":1: the first line must be date,action"},
    {"no header", kGood, ":1: the first line must be"},
    {"a header with a blank", "date, action,voyage,class,booking\n", ":1: the first line must be"},
    {"a byte order mark", "\xef\xbb\xbf" + kHeader + kGood, ":1: the first line must be"},
    {"a first line that is empty", "\n" + kHeader, ":1: the first line must be"},
    {"four fields", kHeader + kGood + "d,reserve,V1,7\n", ":3: a line must have the five fields"},
    {"six fields", kHeader + "d,reserve,V1,C,7,\n", ":2: a line must have the five fields"},
    {"an empty line", kHeader + kGood + "\n" + kGood, ":3: a line must have the five fields"},
    {"a letter for a number", kHeader + "d,reserve,V1,C,x\n", ":2: the booking must be a number"},
    {"a number and a letter", kHeader + kGood + kGood + "d,cancel,V1,C,7x\n", ":4: the booking must be a number"},
    {"no number", kHeader + "d,confirm,V1,C,\n", ":2: the booking must be a number"},
    {"a negative number", kHeader + "d,reserve,V1,C,-7\n", ":2: the booking must be a number"},
    {"a number with a blank", kHeader + "d,reserve,V1,C, 7\n", ":2: the booking must be a number"},
    {"a number of 65 bits", kHeader + "d,reserve,V1,C,18446744073709551616\n", ":2: the booking must be a number"},
    {"an unknown action", kHeader + "d,hold,V1,C,7\n", ":2: the action must be reserve, confirm or cancel"},
    {"an action in capitals", kHeader + "d,Reserve,V1,C,7\n", ":2: the action must be"},
    {"no action", kHeader + "d,,V1,C,7\n", ":2: the action must be"},
    {"no voyage", kHeader + "d,reserve,,C,7\n", ":2: voyage and class must be names"},
    {"no class", kHeader + "d,cancel,V1,,7\n", ":2: voyage and class must be names"},
    {"a class that is too long", kHeader + "d,reserve,V1," + std::string(65, 'c') + ",7\n", ":2: voyage and class"},
    {"a voyage that is no UTF-8", kHeader + "d,reserve,V\xff,C,7\n", ":2: voyage and class"},
    {"a carriage return within", kHeader + "d,reserve,V\r1,C,7\n", ":2: voyage and class"},
    {"cut within the number", kHeader + kGood + "d,reserve,V1,C,7", ":3: the file ends within this line"},
    {"cut before the newline of CRLF", kHeader + "d,reserve,V1,C,7\r", ":2: the file ends within this line"},
    {"cut within the voyage", kHeader + kGood + "d,reserve,V", ":3: "},
    {"cut within the action", kHeader + kGood + kGood + "d,res", ":4: "},
};

BOOST_DATA_TEST_CASE(a_fault_is_named_by_file_and_line, kFaults, fault) {
  BOOST_TEST(fault_of(fault.text).starts_with(fault.named), fault_of(fault.text));
}

// A number that lost its last digits is still a number: only the missing newline tells.
BOOST_AUTO_TEST_CASE(no_cut_passes_for_a_whole_trace) {
  const std::string text = kHeader + "d,reserve,V1,C,1234\n" + "d,cancel,V1,C,1234\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool ends_a_line = size > 0 && text[size - 1] == '\n';
    const bool header_alone = size + 1 == kHeader.size();  // nothing can be lost from a header that is whole
    BOOST_TEST((fault_of(text.substr(0, size)) == "none") == (ends_a_line || header_alone), "cut to " << size);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  const fs::path nowhere = fs::temp_directory_path() / "breakwater-no-such-trace.csv";
  BOOST_CHECK_EXCEPTION(read_trace(nowhere), UserError, [&](const UserError& error) {
    return std::string(error.what()).starts_with(nowhere.string() + ": cannot be read");
  });
}

// Opens like a file, and reads as nothing.
BOOST_AUTO_TEST_CASE(a_directory_is_no_trace) { BOOST_CHECK_THROW(read_trace(fs::temp_directory_path()), UserError); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::cli

// The contrast: its table is what the fault models say, and what an audit of the harbors that it leaves says.
#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/integration/harbor_rig.hpp"

namespace {

using namespace breakwater::testing;

Finished contrast(Words words) {
  words.insert(words.begin(), {BREAKWATER_PROGRAM, "contrast"});
  return Process(words).finish();
}

const Json& row(const Json& rows, const std::string& fault) {
  return *std::ranges::find_if(rows, [&](const Json& r) { return r["fault"] == fault; });
}

// The same verdict, sales and accused.
void expect_same_audit(const Json& told) {
  const std::string harbor = told["harbor"];
  const Finished audit = Process({BREAKWATER_PROGRAM, "audit", "--dir", harbor, "--json"}).finish();
  BOOST_TEST(audit.exit_code == (told["safe"] == true ? 0 : 1), audit);
  const Json report = audit.json();
  BOOST_TEST(report["double_sold"] == told["double_sold"]);
  BOOST_TEST(report["accused"] == told["accused"]);
  std::set<std::string> kinds;
  for (const Json& evidence : report["evidence"]) {
    kinds.insert(evidence["kind"]);
    const Finished verified =
        Process({BREAKWATER_PROGRAM, "evidence", "verify", evidence["file"], "--roster", harbor + "/cluster.toml"})
            .finish();
    BOOST_TEST(verified.exit_code == 0, verified);
  }
  BOOST_TEST(Json(kinds) == told["proofs"]);
}

bool is_sold_twice(const Json& told, const std::string& suite) {
  return std::ranges::any_of(told["double_sold"], [&](const Json& sale) { return sale["suite"] == suite; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contrast_of_fault_models)

BOOST_AUTO_TEST_CASE(every_row_is_as_its_fault_model_says) {
  const TemporaryDirectory place;
  const std::string keep = (place.path() / "kept").string();
  const Finished finished = contrast({"--over-budget", "--keep", keep, "--json"});
  BOOST_TEST(finished.exit_code == 0, finished);
  const Json rows = finished.json()["rows"];
  BOOST_TEST_REQUIRE(rows.size() == 5u);
  for (const char* fault : {"crash-stop", "crash-recovery", "partition"}) {
    for (const char* engine : {"raft", "pbft"}) {
      const Json& told = row(rows, fault)[engine];
      BOOST_TEST((told["safe"] == true && told["live"] == true), fault << " " << told.dump());
      BOOST_TEST((told["double_sold"].empty() && told["accused"].empty()), fault << " " << told.dump());
    }
  }
  for (const char* engine : {"raft", "pbft"}) {
    const Json& over_f = row(rows, "crash-stop")[engine]["over_f"];
    BOOST_TEST((over_f["safe"] == true && over_f["live"] == false), over_f.dump());
  }
  const Json& lied_to = row(rows, "byzantine");
  BOOST_TEST((lied_to["raft"]["safe"] == false && is_sold_twice(lied_to["raft"], "S12")), lied_to["raft"].dump());
  BOOST_TEST((lied_to["pbft"]["safe"] == true && lied_to["pbft"]["double_sold"].empty()), lied_to["pbft"].dump());
  BOOST_TEST(lied_to["pbft"]["accused"] == Json::array({0}));
  const Json& colluded = row(rows, "over-budget");
  BOOST_TEST(colluded["raft"].is_null());
  BOOST_TEST((colluded["pbft"]["safe"] == false && colluded["pbft"]["accused"] == Json({0, 1})),
             colluded["pbft"].dump());
  for (const Json& r : rows) {
    for (const char* engine : {"raft", "pbft"}) {
      if (!r[engine].is_null()) expect_same_audit(r[engine]);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_row_alone_leaves_nothing_behind) {
  const TemporaryDirectory place;
  const Finished finished = Process({"/usr/bin/env", "TMPDIR=" + place.path().string(), BREAKWATER_PROGRAM, "contrast",
                                     "--only", "byzantine", "--json"})
                                .finish();
  BOOST_TEST(finished.exit_code == 0, finished);
  BOOST_TEST(finished.json()["rows"].size() == 1u);
  BOOST_TEST(std::filesystem::is_empty(place.path()));
}

BOOST_AUTO_TEST_CASE(a_mistake_gets_a_line) {
  const TemporaryDirectory place;
  write_file(place.path() / "something", "of somebody's");
  const Finished kept = contrast({"--keep", place.path().string()});
  BOOST_TEST((kept.exit_code == 2 && kept.err.find("not empty") != std::string::npos), kept);
  const Finished unknown = contrast({"--only", "earthquake"});
  BOOST_TEST((unknown.exit_code == 2 && unknown.err.find("crash-stop") != std::string::npos), unknown);
}

// Whenever it comes: while a group starts, too. A closed terminal is the same.
BOOST_AUTO_TEST_CASE(an_interruption_leaves_nothing_running) {
  for (const int number : {SIGINT, SIGHUP}) {
    for (std::size_t replicas = 0; replicas <= 3; ++replicas) {
      const TemporaryDirectory place;
      const std::filesystem::path kept = place.path() / "kept";  // made once it listens to signals
      Process running({BREAKWATER_PROGRAM, "contrast", "--keep", kept.string()});
      const auto started = [&] {  // contrast itself is a process, too
        return std::filesystem::exists(kept) && place.processes().size() > replicas;
      };
      BOOST_TEST_REQUIRE(wait_until(started));
      running.send_signal(number);
      const Finished finished = running.finish();
      BOOST_TEST(finished.exit_code == 3, finished);
      BOOST_TEST(finished.err.find("interrupted") != std::string::npos, finished);
      BOOST_TEST(place.processes().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_made_gets_a_line) {
  const TemporaryDirectory place;
  const std::string file = (place.path() / "file").string();
  write_file(file, "");
  for (const std::string& keep : {file, file + "/kept", std::string("/proc/kept")}) {
    const Finished refused = contrast({"--keep", keep});
    BOOST_TEST((refused.exit_code == 2 && refused.err.find("--keep " + keep) != std::string::npos), refused);
    BOOST_TEST(std::ranges::count(refused.err, '\n') == 1, refused);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(partition)

BOOST_AUTO_TEST_CASE(needs_fault_injection) {
  const HarborRig rig;
  rig.start();
  const Finished refused = rig.run({"partition", "0/1,2,3"});
  BOOST_TEST((refused.exit_code == 2 && refused.err.find("fault_injection") != std::string::npos), refused);
}

// Two sides of two: neither decides anything, and both say whom they miss; healed, they go on.
BOOST_AUTO_TEST_CASE(an_even_split_decides_nothing_until_it_heals) {
  const HarborRig rig({"--fault-injection"});
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "S", "--suites", "3"});
  rig.ask({"partition", "0,1/2,3"});
  const Json split = rig.status();
  BOOST_TEST(split["replicas"][0]["cut_off"] == Json({2, 3}));
  BOOST_TEST(split["replicas"][3]["cut_off"] == Json({0, 1}));
  const Words reserve = {"book", "reserve", "--voyage", "V", "--class", "S", "--booking", "1", "--timeout", "2"};
  const Finished unknown = rig.run(reserve);
  BOOST_TEST(unknown.exit_code == 3, unknown);
  rig.ask({"partition", "--heal"});
  rig.ask({"book", "reserve", "--voyage", "V", "--class", "S", "--booking", "2"});
  BOOST_TEST(rig.status()["replicas"][0]["cut_off"].empty());
}

BOOST_AUTO_TEST_CASE(sides_that_make_no_sense_get_a_line) {
  const HarborRig rig({"--fault-injection"});
  for (const char* sides : {"0", "0/", "0/7", "0/0,1", "a/b", "0,1"}) {
    const Finished refused = rig.run({"partition", sides});
    BOOST_TEST((refused.exit_code == 2 && std::ranges::count(refused.err, '\n') == 1), refused);
  }
}

BOOST_AUTO_TEST_SUITE_END()

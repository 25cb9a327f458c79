// Receipts of a running group: proof in a file, checked by those who have the public keys alone.
#include <boost/test/unit_test.hpp>

#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

Finished verify(const std::filesystem::path& file, const HarborRig& judge) {
  return run_process(
      {BREAKWATER_PROGRAM, "receipt", "verify", file.string(), "--roster", judge.cluster_file().string(), "--json"});
}

void expect_no_proof(const std::filesystem::path& file, const HarborRig& judge, const std::string& what) {
  const Finished verdict = verify(file, judge);
  BOOST_TEST(verdict.exit_code == 1, what << ": " << verdict);
  BOOST_TEST(verdict.json()["proves"] == false, what);
}

Words reserve(const std::string& suite, const std::string& booking, const std::filesystem::path& receipt) {
  return {"book", "reserve", "--voyage", "V1", "--suite", suite, "--booking", booking, "--receipt", receipt.string()};
}

void open_suites(const HarborRig& rig) {
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V1", "--class", "S", "--names", "S11,S12,S13,S14"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(receipt)

BOOST_AUTO_TEST_CASE(a_sale_is_proved_offline_and_its_file_is_canonical) {
  HarborRig rig;
  rig.start();
  open_suites(rig);
  const std::filesystem::path file = rig.beside("8841.bwr");
  const Json booked = rig.ask(reserve("S12", "8841", file));
  BOOST_TEST(booked["receipt"] == file.string());
  const Finished again = rig.run(reserve("S13", "8842", file));  // never over another receipt, and nothing was sent
  BOOST_TEST(again.exit_code == 2, again);
  BOOST_TEST(again.err.contains("exists already"), again);
  const std::filesystem::path refusal = rig.beside("refused.bwr");
  BOOST_TEST(rig.run(reserve("S12", "8843", refusal)).exit_code == 1);
  BOOST_TEST(verify(refusal, rig).json()["results"][0]["reason"] == "suite_taken");
  BOOST_TEST(rig.run(reserve("S13", "8842", rig.beside("no such directory") / "r")).exit_code == 2);
  BOOST_TEST(rig.run({"book", "show", "--booking", "8842"}).exit_code == 1);
  rig.stop();

  const Finished verdict = verify(file, rig);
  BOOST_TEST(verdict.exit_code == 0, verdict);
  const Json proof = verdict.json();
  BOOST_TEST(proof["client"] == "desk-1");
  BOOST_TEST(proof["request"] == booked["request"]);
  BOOST_TEST(proof["sequence"] == booked["sequence"]);
  BOOST_TEST(proof["commands"][0]["kind"] == "reserve");
  BOOST_TEST(proof["results"][0]["outcome"] == "accepted");
  BOOST_TEST(proof["results"][0]["result"]["suite"] == "S12");
  BOOST_TEST(proof["results"][0]["result"]["booking"] == 8841);
  BOOST_TEST(proof["signers"].size() == 2u);

  const std::string original = read_file(file);
  const std::filesystem::path copy = rig.beside("changed.bwr");
  for (std::size_t at = 0; at < original.size(); ++at) {
    std::string changed = original;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    write_file(copy, changed);
    expect_no_proof(copy, rig, "byte " + std::to_string(at) + " changed");
  }
  for (const std::string& changed : {original + '\0', original.substr(1), original + original, std::string(),
                                     original.substr(0, original.size() - 1)}) {
    write_file(copy, changed);
    expect_no_proof(copy, rig, std::to_string(changed.size()) + " bytes");
  }
  expect_no_proof(rig.beside("no such file"), rig, "no file");
  expect_no_proof(rig.dir(), rig, "a directory");
  expect_no_proof("/dev/zero", rig, "an endless file");
  HarborRig stranger;
  expect_no_proof(file, stranger, "another group");
}

BOOST_AUTO_TEST_CASE(who_lies_to_clients_makes_no_false_receipt) {
  HarborRig rig{{"--fault-injection"}};
  rig.start({"--byzantine", "2=lie-to-clients"});
  open_suites(rig);
  for (const std::string suite : {"S11", "S12", "S13", "S14"}) {  // each kind of lie once
    const std::filesystem::path file = rig.beside(suite);
    const Json booked = rig.ask(reserve(suite, "88" + suite.substr(1), file));
    const Finished verdict = verify(file, rig);
    BOOST_TEST(verdict.exit_code == 0, verdict);
    const Json proof = verdict.json();
    BOOST_TEST(proof["results"][0]["result"]["suite"] == suite);
    BOOST_TEST(proof["sequence"] == booked["sequence"]);
    for (const Json& signer : proof["signers"]) BOOST_TEST(signer != 2);
  }
}

BOOST_AUTO_TEST_CASE(a_raft_group_gives_none_and_says_why) {
  HarborRig rig({"--engine", "raft"});
  rig.start();
  open_suites(rig);
  const std::filesystem::path file = rig.beside("none.bwr");
  const Finished refused = rig.run(reserve("S12", "8841", file));
  BOOST_TEST(refused.exit_code == 2, refused);
  BOOST_TEST(refused.err.contains("sign nothing"), refused);
  BOOST_TEST(!std::filesystem::exists(file));
  BOOST_TEST(rig.run({"book", "show", "--booking", "8841"}).exit_code == 1);  // nothing was sent
}

BOOST_AUTO_TEST_SUITE_END()

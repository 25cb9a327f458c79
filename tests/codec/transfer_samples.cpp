#include "crypto/digest.hpp"
#include "tests/codec/samples.hpp"

namespace breakwater::samples {

namespace {

std::shared_ptr<StateAnswer> answer(StatePart part, bool held) {
  return std::make_shared<StateAnswer>(ReplicaId(2), 41, SequenceNumber(256), part, held);
}

std::shared_ptr<const StateAnswer> nodes() {
  auto out = answer(StatePart::nodes, true);
  out->given.push_back({64, std::vector<Digest>(kStateNodesPerWant, hash("sample", to_bytes("node"))), {}});
  return out;
}

std::shared_ptr<const StateAnswer> leaves() {
  auto out = answer(StatePart::leaves, true);
  out->given.push_back({17, {}, {{0, to_bytes("bvV"), to_bytes("suites")}, {3, to_bytes("t"), {}}}});
  out->given.push_back({4095, {}, {{1, to_bytes("s0001"), Bytes(70, 7)}}});
  return out;
}

std::shared_ptr<const StateRequest> request_for(StatePart part, std::vector<StateRequest::Want> wants) {
  return std::make_shared<StateRequest>(ReplicaId(0), 41u, SequenceNumber(256), part, std::move(wants));
}

}  // namespace

const std::vector<TransferSample>& transfer_samples() {
  static const std::vector<TransferSample> kSamples = {
      {"state_request_nodes", request_for(StatePart::nodes, {{1, {}}})},
      {"state_request_buckets", request_for(StatePart::bucket, {{0, {}}, {4095, {}}})},
      {"state_request_leaves", request_for(StatePart::leaves, {{17, {0, 3}}, {4095, {1}}})},
      {"state_answer_nodes", nodes()},
      {"state_answer_leaves", leaves()},
      {"state_answer_denied", answer(StatePart::bucket, false)},
  };
  return kSamples;
}

}  // namespace breakwater::samples

#include "adversary/batch_variants.hpp"

namespace breakwater::adversary {

namespace {
constexpr std::size_t kRequestHeaderBytes = 4 + 8 + Signature::kSize + 4;  // crypto/batch.hpp
}  // namespace

bool has_room(const Batch& batch, const Request& request, std::size_t max_requests) {
  return batch.requests.size() < max_requests &&
         batch.encoded.size() + request.body.size() + kRequestHeaderBytes <= kMaxBatchBytes;
}

BatchPtr forged_batch(const Batch& batch, SequenceNumber n, std::size_t max_requests) {
  std::vector<RequestPtr> requests = batch.requests;
  const Request& honest = *requests.back();
  if (n.value % 2 == 0 && has_room(batch, honest, max_requests)) {
    // Invented: the client's next number, with its old words and signature.
    requests.push_back(std::make_shared<const Request>(
        make_request(honest.client, honest.number.next(), honest.body, honest.signature)));
  } else {
    // Edited: the last byte of the last command.
    Bytes body = honest.body;
    body.back() ^= 1;
    requests.back() =
        std::make_shared<const Request>(make_request(honest.client, honest.number, std::move(body), honest.signature));
  }
  return make_batch(batch.time, std::move(requests));
}

}  // namespace breakwater::adversary

#include "crypto/batch.hpp"

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kMinRequestBytes = 4 + 8 + Signature::kSize + 4;

Bytes encode_batch(AgreedTime time, const std::vector<RequestPtr>& requests) {
  Writer out;
  std::size_t size = 12;
  for (const RequestPtr& request : requests) size += kMinRequestBytes + request->body.size();
  out.reserve(size);
  out.u64(time.value).u32(static_cast<std::uint32_t>(requests.size()));
  for (const RequestPtr& request : requests) {
    out.u32(request->client.value).u64(request->number.value).fixed(request->signature).blob(request->body);
  }
  return out.take();
}

BatchPtr batch_of(AgreedTime time, std::vector<RequestPtr> requests, Bytes encoded) {
  const Digest digest = hash("batch", encoded);
  return std::make_shared<Batch>(Batch{time, std::move(requests), std::move(encoded), digest});
}

// Null for a request whose body is not a canonical list of commands.
RequestPtr decode_request(Reader& in) {
  const ClientId client(in.u32());
  const RequestNumber number(in.u64());
  const auto signature = in.fixed<Signature>();
  const ByteView body = in.blob(kMaxRequestBodyBytes);
  if (in.failed() || !decode_commands(body)) return nullptr;
  return std::make_shared<Request>(make_request(client, number, Bytes(body.begin(), body.end()), signature));
}

}  // namespace

Digest request_body_digest(ByteView body) { return hash("request", body); }

Request make_request(ClientId client, RequestNumber number, Bytes body, Signature signature) {
  const Digest digest = request_body_digest(body);
  return {client, number, std::move(body), signature, digest};
}

BatchPtr make_batch(AgreedTime time, std::vector<RequestPtr> requests) {
  for (const RequestPtr& request : requests) BW_ASSERT(request != nullptr);
  Bytes encoded = encode_batch(time, requests);
  return batch_of(time, std::move(requests), std::move(encoded));
}

BatchPtr decode_batch(ByteView bytes) {
  if (bytes.size() > kMaxBatchBytes) return nullptr;
  Reader in(bytes);
  const AgreedTime time(in.u64());
  const std::uint32_t count = in.count(kMaxRequestsPerBatch, kMinRequestBytes);
  std::vector<RequestPtr> requests;
  requests.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    requests.push_back(decode_request(in));
    if (requests.back() == nullptr) return nullptr;
  }
  if (!in.finished() || requests.empty()) return nullptr;
  return batch_of(time, std::move(requests), Bytes(bytes.begin(), bytes.end()));
}

}  // namespace breakwater

#include "crypto/batch.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

// In the count: no request carries a signature.
constexpr std::uint32_t kUnsigned = 0x8000'0000;

std::size_t least_bytes(bool is_signed) { return 4 + 8 + (is_signed ? Signature::kSize : 0) + 4; }

bool is_any_signed(const std::vector<RequestPtr>& requests) {
  return std::ranges::any_of(requests, [](const RequestPtr& request) { return !request->signature.is_zero(); });
}

Bytes encode_batch(AgreedTime time, const std::vector<RequestPtr>& requests) {
  Writer out;
  const bool is_signed = is_any_signed(requests);
  std::size_t size = 12;
  for (const RequestPtr& request : requests) size += least_bytes(is_signed) + request->body.size();
  out.reserve(size);
  out.u64(time.value).u32(static_cast<std::uint32_t>(requests.size()) | (is_signed ? 0 : kUnsigned));
  for (const RequestPtr& request : requests) {
    out.u32(request->client.value).u64(request->number.value);
    if (is_signed) out.fixed(request->signature);
    out.blob(request->body);
  }
  return out.take();
}

BatchPtr batch_of(AgreedTime time, std::vector<RequestPtr> requests, Bytes encoded) {
  const Digest digest = hash("batch", encoded);
  return std::make_shared<Batch>(Batch{time, std::move(requests), std::move(encoded), digest});
}

// Null for a request whose body is not a canonical list of commands.
RequestPtr decode_request(Reader& in, bool is_signed) {
  const ClientId client(in.u32());
  const RequestNumber number(in.u64());
  const Signature signature = is_signed ? in.fixed<Signature>() : Signature{};
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
  const std::uint32_t marked = in.u32();
  const bool is_signed = (marked & kUnsigned) == 0;
  const std::uint32_t count = marked & ~kUnsigned;
  if (count > kMaxRequestsPerBatch || count > in.remaining() / least_bytes(is_signed)) return nullptr;
  std::vector<RequestPtr> requests;
  requests.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    requests.push_back(decode_request(in, is_signed));
    if (requests.back() == nullptr) return nullptr;
  }
  if (!in.finished() || requests.empty() || is_signed != is_any_signed(requests)) return nullptr;
  return batch_of(time, std::move(requests), Bytes(bytes.begin(), bytes.end()));
}

}  // namespace breakwater

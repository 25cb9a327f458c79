#include "bench/micro/samples.hpp"

#include "booking/commands.hpp"
#include "crypto/batch.hpp"

namespace breakwater::bench {

namespace {

SignedStatement statement(StatementKind kind, const Digest& digest) {
  return {{kind, Digest{{7}}, {SignerRole::replica, 0, Incarnation(0)}, ViewNumber(0), SequenceNumber(9), digest}, {}};
}

}  // namespace

RequestPtr reservation(std::uint64_t number) {
  const Bytes command = booking::encode(booking::Reserve{{"2015-W27", std::nullopt, "A"}, number});
  return std::make_shared<const Request>(
      make_request(ClientId(1), RequestNumber(number), encode_commands({command}), {}));
}

std::shared_ptr<const pbft::PrePrepare> pre_prepare_of(std::uint32_t requests) {
  std::vector<RequestPtr> made;
  made.reserve(requests);
  for (std::uint32_t i = 0; i < requests; ++i) made.push_back(reservation(1 + i));
  BatchPtr batch = make_batch(AgreedTime(1), std::move(made));
  const SignedStatement header = statement(StatementKind::pre_prepare, batch->digest);
  return std::make_shared<const pbft::PrePrepare>(header, std::move(batch));
}

std::shared_ptr<const pbft::Commit> commit() {
  return std::make_shared<const pbft::Commit>(statement(StatementKind::commit, Digest{{8}}));
}

}  // namespace breakwater::bench

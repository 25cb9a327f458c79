#include "replica/state_transfer.hpp"

#include "replica/replica.hpp"

namespace breakwater {

std::optional<RejectReason> StateTransfer::admit(const TransferMessage& message) const {
  if (const auto* request = dynamic_cast<const StateRequest*>(&message)) return source_.admit(*request);
  if (const auto* answer = dynamic_cast<const StateAnswer*>(&message)) return fetcher_.admit(*answer);
  return RejectReason::unexpected_message;
}

std::optional<RejectReason> StateTransfer::step(const TransferMessage& message) {
  if (const auto reason = admit(message)) return reason;
  if (const auto* answer = dynamic_cast<const StateAnswer*>(&message)) return fetcher_.take(*answer);
  source_.ask(static_cast<const StateRequest&>(message));
  return std::nullopt;
}

void StateTransfer::tick() {
  source_.tick();
  fetcher_.tick();
}

std::expected<void, StoreError> StateTransfer::hold(SequenceNumber sequence, const StateNodes& nodes) {
  auto frozen = store_.freeze();
  if (!frozen) return std::unexpected(frozen.error());
  source_.add({sequence, nodes, std::move(*frozen)});
  return {};
}

std::expected<std::optional<StateTransfer::Outcome>, StoreError> StateTransfer::run() {
  auto answers = source_.take_answers();
  if (!answers) return std::unexpected(answers.error());
  for (const StateSource::Outgoing& outgoing : *answers) outlet_.send(outgoing.to, outgoing.answer);
  if (is_over_) return std::nullopt;
  if (fetcher_.has_staged()) {
    std::vector<Record> staged = fetcher_.take_staged();
    if (auto kept = store_.commit(staged); !kept) {
      fetcher_.put_back(std::move(staged));
      return std::unexpected(kept.error());
    }
  }
  const auto state = fetcher_.advance(source_.latest(), store_);
  if (!state) return std::unexpected(state.error());
  for (const StateFetcher::Outgoing& outgoing : fetcher_.take_requests()) outlet_.send(outgoing.to, outgoing.request);
  if (*state == StateFetcher::State::working) return std::nullopt;
  is_over_ = true;
  return Outcome{fetcher_.target()->sequence, *state == StateFetcher::State::complete};
}

void StateTransfer::fetch(const Fetch& target) {
  is_over_ = false;
  fetcher_.start(target);
}

void StateTransfer::installed() {
  source_.clear();
  fetcher_.stop();
  is_over_ = true;
}

}  // namespace breakwater

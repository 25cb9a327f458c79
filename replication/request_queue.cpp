#include "replication/request_queue.hpp"

#include "replication/assert.hpp"

namespace breakwater {

std::optional<RejectReason> RequestQueue::refusal(const Request& request, std::size_t limit) const {
  if (waiting_.contains({request.client, request.number})) return RejectReason::already_pending;
  const auto of_client = per_client_.find(request.client);
  if (of_client != per_client_.end() && of_client->second.waiting >= kSessionWindow)
    return RejectReason::client_window_full;
  if (waiting_.size() >= std::min(limit, kMaxWaitingRequests)) return RejectReason::overloaded;
  return std::nullopt;
}

void RequestQueue::add(RequestPtr request) {
  const Key key{request->client, request->number};
  const std::uint64_t arrival = next_arrival_++;
  OfClient& of_client = per_client_[key.first];
  ++of_client.waiting;
  Waiting entry{std::move(request), arrival, std::nullopt, false, of_client.executed};
  const bool added = waiting_.emplace(key, std::move(entry)).second;
  BW_ASSERT(added);
  by_arrival_.emplace(arrival, key);
  to_propose_.insert(arrival);
}

void RequestQueue::arm(const Key& key, std::uint64_t now_ticks) {
  const auto it = waiting_.find(key);
  if (it == waiting_.end() || it->second.armed || it->second.decided) return;
  it->second.armed = now_ticks;
  armed_.emplace(now_ticks, key);
}

void RequestQueue::arm_all(std::uint64_t now_ticks) {
  for (auto& [key, entry] : waiting_) arm(key, now_ticks);
}

void RequestQueue::disarm_all() {
  armed_.clear();
  for (auto& [key, entry] : waiting_) entry.armed.reset();
}

std::optional<std::uint64_t> RequestQueue::oldest_armed() const {
  if (armed_.empty()) return std::nullopt;
  return armed_.begin()->first;
}

std::vector<RequestPtr> RequestQueue::armed_at(std::uint64_t tick) const {
  std::vector<RequestPtr> requests;
  for (auto it = armed_.lower_bound({tick, Key{}}); it != armed_.end() && it->first == tick; ++it) {
    requests.push_back(waiting_.at(it->second).request);
  }
  return requests;
}

std::optional<std::uint64_t> RequestQueue::oldest_unproposed() const {
  if (to_propose_.empty()) return std::nullopt;
  return waiting_.at(by_arrival_.at(*to_propose_.begin())).armed;
}

std::vector<RequestPtr> RequestQueue::take_batch(std::size_t max_requests, std::size_t max_bytes) {
  std::vector<RequestPtr> batch;
  std::size_t bytes = 16;  // time and count
  while (!to_propose_.empty() && batch.size() < max_requests) {
    const Waiting& entry = waiting_.at(by_arrival_.at(*to_propose_.begin()));
    bytes += entry.request->body.size() + 4 + 8 + Signature::kSize + 4;
    if (bytes > max_bytes && !batch.empty()) break;
    batch.push_back(entry.request);
    to_propose_.erase(to_propose_.begin());
  }
  return batch;
}

void RequestQueue::mark_proposed(const Key& key) {
  const auto it = waiting_.find(key);
  if (it == waiting_.end()) return;
  to_propose_.erase(it->second.arrival);
}

void RequestQueue::forget_proposals() {
  for (const auto& [arrival, key] : by_arrival_) to_propose_.insert(arrival);
}

void RequestQueue::decided(const Key& key) {
  const auto it = waiting_.find(key);
  if (it == waiting_.end()) return;
  Waiting& entry = it->second;
  if (entry.armed) armed_.erase({*entry.armed, key});
  entry.armed.reset();
  entry.decided = true;
  by_arrival_.erase(entry.arrival);
  to_propose_.erase(entry.arrival);
}

void RequestQueue::executed(const Key& key) {
  if (const auto it = waiting_.find(key); it != waiting_.end()) erase(it);
  if (const auto of_client = per_client_.find(key.first); of_client != per_client_.end()) ++of_client->second.executed;
}

// A client that keeps to its window has at most as many numbers above a request under way, and as many below.
bool RequestQueue::give_up_if_overtaken(const Key& key) {
  const auto it = waiting_.find(key);
  if (it == waiting_.end()) return false;
  if (per_client_.at(key.first).executed - it->second.executed_before < 2 * kSessionWindow) return false;
  erase(it);
  return true;
}

void RequestQueue::spent(ClientId client, RequestNumber last) {
  for (auto it = waiting_.lower_bound({client, RequestNumber(0)});
       it != waiting_.end() && it->first.first == client && it->first.second <= last;) {
    erase(it++);
  }
}

void RequestQueue::erase(std::map<Key, Waiting>::iterator it) {
  decided(it->first);
  const auto of_client = per_client_.find(it->first.first);
  if (--of_client->second.waiting == 0) per_client_.erase(of_client);
  waiting_.erase(it);
}

std::vector<RequestPtr> RequestQueue::undecided() const {
  std::vector<RequestPtr> out;
  out.reserve(by_arrival_.size());
  for (const auto& [arrival, key] : by_arrival_) out.push_back(waiting_.at(key).request);
  return out;
}

}  // namespace breakwater

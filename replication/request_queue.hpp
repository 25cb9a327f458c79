// Requests that wait for execution, and the timer of each.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "replication/reject_reason.hpp"
#include "replication/request.hpp"
#include "replication/sessions.hpp"

namespace breakwater {

inline constexpr std::size_t kMaxWaitingRequests = 65536;  // in one queue, whatever an admission rate says

// One thread. Bounded: at most kMaxWaitingRequests in all and kSessionWindow per client.
// For engines that time requests: a timer starts when one is relayed to the primary and stops when that (client,
// number) is decided, with any body; progress on other requests does not reset it, or a primary could censor one
// client.
class RequestQueue {
 public:
  using Key = std::pair<ClientId, RequestNumber>;

  // Why `request` is not admitted, or nothing. `limit` bounds the queue in all (admission).
  std::optional<RejectReason> refusal(const Request& request, std::size_t limit) const;
  // The caller guarantees that refusal() had nothing to say.
  void add(RequestPtr request);

  void arm(const Key& key, std::uint64_t now_ticks);  // no effect when armed: a retransmission does not arm again
  void arm_all(std::uint64_t now_ticks);              // on entering a view, for what waits
  void disarm_all();
  std::optional<std::uint64_t> oldest_armed() const;
  std::vector<RequestPtr> armed_at(std::uint64_t tick) const;
  // When the oldest request that no proposal of this view holds was armed, if it is.
  std::optional<std::uint64_t> oldest_unproposed() const;

  // A primary's next batch: the oldest requests not yet proposed in this view, marked proposed.
  std::vector<RequestPtr> take_batch(std::size_t max_requests, std::size_t max_bytes);
  std::size_t unproposed() const { return to_propose_.size(); }
  void mark_proposed(const Key& key);  // seen in an accepted proposal: nothing to propose again in this view
  void forget_proposals();             // on leaving a view

  // Its slot is decided: nothing of it waits for a primary any more. It stays until it is executed, since only from
  // then on the client's session tells that a repetition is one.
  void decided(const Key& key);
  void executed(const Key& key);
  // Numbers of the client up to `last` will not execute any more: whoever orders requests takes none of them.
  void spent(ClientId client, RequestNumber last);
  // True, and it leaves the queue, when so many of its client's other requests executed since it came that the client
  // cannot have kept to its window: whoever orders requests may refuse it for that, and nobody is to wait for it.
  bool give_up_if_overtaken(const Key& key);
  void clear() { *this = RequestQueue(); }
  std::vector<RequestPtr> undecided() const;  // by arrival
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    RequestPtr request;
    std::uint64_t arrival;
    std::optional<std::uint64_t> armed;
    bool decided = false;
    std::uint64_t executed_before = 0;  // of the client's, as OfClient counts them
  };
  struct OfClient {
    std::size_t waiting = 0;
    std::uint64_t executed = 0;  // since one of its requests waits without a break
  };
  void erase(std::map<Key, Waiting>::iterator it);

  std::map<Key, Waiting> waiting_;
  std::map<std::uint64_t, Key> by_arrival_;  // of those that are not decided
  std::set<std::pair<std::uint64_t, Key>> armed_;
  std::map<ClientId, OfClient> per_client_;  // of those with a request that waits
  std::set<std::uint64_t> to_propose_;       // arrivals
  std::uint64_t next_arrival_ = 0;
};

}  // namespace breakwater

// Signature checks, beside the event loop or inline.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "crypto/authenticator.hpp"

namespace breakwater {

// Authenticates what passed the cheap checks. With threads, jobs queue and results come back through collect(), in no
// particular order; without, submit() itself calls the handler. Votes never wait behind clients: threads take replicas'
// jobs first, and each sender has its own quota, so that one that floods drowns itself alone.
//
// One owner thread calls every function; the threads touch nothing but the authenticator, which must outlive the pool
// and whose checker must allow any thread. The handlers run on the owner's thread, inside submit() or collect().
class VerificationPool {
 public:
  // Jobs and bytes of one sender that wait or are being checked. Beyond them: `overloaded`. One job always fits.
  static constexpr std::size_t kMaxJobsPerSender = 1024;
  static constexpr std::size_t kMaxBytesPerSender = std::size_t{32} << 20;

  using RequestResult = std::expected<Verified<RequestPtr>, RejectReason>;
  struct Handlers {
    std::function<void(Authenticated)> message;
    std::function<void(ClientId from, RequestResult)> request;
  };

  VerificationPool(const GateAuthenticator& authenticator, std::uint32_t threads, Handlers handlers);
  // Waits for the checks that are under way; what was not collected is lost.
  ~VerificationPool();
  VerificationPool(const VerificationPool&) = delete;
  VerificationPool& operator=(const VerificationPool&) = delete;

  // `bytes`: the frame's size. The reason why the job was not taken, or nothing.
  std::optional<RejectReason> submit(MessagePtr message, ReplicaId channel_sender, std::size_t bytes);
  std::optional<RejectReason> submit(RequestPtr request, std::size_t bytes);

  // Hands every finished result to the handlers. Returns how many.
  std::size_t collect();
  // Jobs submitted and not collected yet.
  std::size_t pending() const { return pending_; }
  // Readable while results wait to be collected; -1 without threads.
  int wake_fd() const { return wake_fd_; }

 private:
  struct Sender {
    bool is_replica;
    std::uint32_t id;
    auto operator<=>(const Sender&) const = default;
  };
  struct Job {
    Sender sender;
    std::size_t bytes;
    std::variant<MessagePtr, RequestPtr> input;
  };
  using Result = std::variant<Authenticated, RequestResult>;
  struct Done {
    Sender sender;
    std::size_t bytes;
    Result result;
  };
  struct Load {
    std::size_t jobs = 0, bytes = 0;
  };

  std::optional<RejectReason> submit(Job job);
  Result check(Job job) const;
  void hand_over(const Sender& sender, Result result);
  void work();
  std::optional<Job> next_job();
  void wake();

  const GateAuthenticator& authenticator_;
  Handlers handlers_;
  std::map<Sender, Load> load_;  // the owner's: of pending jobs; senders without any are not in it
  std::size_t pending_ = 0;
  int wake_fd_ = -1;

  std::mutex mutex_;
  std::condition_variable has_job_;
  std::deque<Job> from_replicas_;
  std::deque<Job> from_clients_;
  std::vector<Done> done_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: they use everything above
};

}  // namespace breakwater

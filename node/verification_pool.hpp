// Authenticates messages and requests, on threads of its own or inline.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "crypto/authenticator.hpp"
#include "net/transport.hpp"

namespace breakwater {

struct UnverifiedMessage {
  MessagePtr message;
  ReplicaId channel_sender;
};
struct UnverifiedRequest {
  RequestPtr request;
};
using VerificationJob = std::variant<UnverifiedMessage, UnverifiedRequest>;
using RequestVerdict = std::expected<Verified<RequestPtr>, RejectReason>;
using VerificationResult = std::variant<Authenticated, RequestVerdict>;

VerificationResult authenticate(const SignatureAuthenticator& authenticator, VerificationJob job);

// submit() and take() are called by one thread. Results come in the order of completion. `authenticator` must outlive it.
class VerificationPool {
 public:
  static constexpr std::size_t kMaxQueued = 8192;  // beyond it a job is refused: the peer or client sends again

  VerificationPool(const SignatureAuthenticator& authenticator, std::uint32_t threads);
  ~VerificationPool();
  VerificationPool(const VerificationPool&) = delete;
  VerificationPool& operator=(const VerificationPool&) = delete;

  bool submit(VerificationJob job);
  std::vector<VerificationResult> take();
  // Becomes readable when results wait; take() clears it.
  int wake_fd() const { return wake_fd_; }

 private:
  void work();
  const SignatureAuthenticator& authenticator_;
  int wake_fd_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<VerificationJob> jobs_;
  std::vector<VerificationResult> results_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace breakwater

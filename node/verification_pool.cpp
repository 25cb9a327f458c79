#include "node/verification_pool.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace breakwater {

VerificationResult authenticate(const SignatureAuthenticator& authenticator, VerificationJob job) {
  if (auto* message = std::get_if<UnverifiedMessage>(&job)) {
    return authenticator.authenticate(std::move(message->message), message->channel_sender);
  }
  return authenticator.authenticate(std::move(std::get<UnverifiedRequest>(job).request));
}

VerificationPool::VerificationPool(const SignatureAuthenticator& authenticator, std::uint32_t threads)
    : authenticator_(authenticator), wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

VerificationPool::~VerificationPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  ::close(wake_fd_);
}

bool VerificationPool::submit(VerificationJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMaxQueued) return false;
    jobs_.push_back(std::move(job));
  }
  has_work_.notify_one();
  return true;
}

std::vector<VerificationResult> VerificationPool::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(wake_fd_, &count, sizeof count);
  const std::lock_guard lock(mutex_);
  return std::exchange(results_, {});
}

void VerificationPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_work_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    VerificationJob job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    VerificationResult result = authenticate(authenticator_, std::move(job));
    lock.lock();
    results_.push_back(std::move(result));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t woken = ::write(wake_fd_, &one, sizeof one);
  }
}

}  // namespace breakwater

#include "node/verification_pool.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "replication/assert.hpp"

namespace breakwater {

VerificationPool::VerificationPool(const GateAuthenticator& authenticator, std::uint32_t threads, Handlers handlers)
    : authenticator_(authenticator), handlers_(std::move(handlers)) {
  if (threads == 0) return;
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  BW_ASSERT(wake_fd_ >= 0);
  for (std::uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

VerificationPool::~VerificationPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_job_.notify_all();
  threads_.clear();
  if (wake_fd_ >= 0) close(wake_fd_);
}

std::optional<RejectReason> VerificationPool::submit(MessagePtr message, ReplicaId channel_sender, std::size_t bytes) {
  return submit(Job{{true, channel_sender.value}, bytes, std::move(message)});
}

std::optional<RejectReason> VerificationPool::submit(RequestPtr request, std::size_t bytes) {
  const ClientId client = request->client;
  return submit(Job{{false, client.value}, bytes, std::move(request)});
}

std::optional<RejectReason> VerificationPool::submit(Job job) {
  if (threads_.empty()) {
    const Sender sender = job.sender;
    hand_over(sender, check(std::move(job)));
    return std::nullopt;
  }
  Load& load = load_[job.sender];
  const bool fits = load.jobs < kMaxJobsPerSender && load.bytes + job.bytes <= kMaxBytesPerSender;
  if (load.jobs != 0 && !fits) return RejectReason::overloaded;
  ++load.jobs;
  load.bytes += job.bytes;
  ++pending_;
  {
    const std::lock_guard lock(mutex_);
    (job.sender.is_replica ? from_replicas_ : from_clients_).push_back(std::move(job));
  }
  has_job_.notify_one();
  return std::nullopt;
}

std::size_t VerificationPool::collect() {
  if (threads_.empty()) return 0;
  // Cleared before the results are taken: one that comes in between sets it again.
  std::uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t got = read(wake_fd_, &ignored, sizeof ignored);
  std::vector<Done> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (Done& item : done) {
    const auto load = load_.find(item.sender);
    BW_ASSERT(load != load_.end() && load->second.jobs > 0 && pending_ > 0);
    load->second.bytes -= item.bytes;
    if (--load->second.jobs == 0) load_.erase(load);
    --pending_;
    hand_over(item.sender, std::move(item.result));
  }
  return done.size();
}

VerificationPool::Result VerificationPool::check(Job job) const {
  if (auto* message = std::get_if<MessagePtr>(&job.input)) {
    return authenticator_.authenticate(std::move(*message), ReplicaId(job.sender.id));
  }
  return authenticator_.authenticate(std::move(std::get<RequestPtr>(job.input)));
}

void VerificationPool::hand_over(const Sender& sender, Result result) {
  if (auto* message = std::get_if<Authenticated>(&result)) {
    handlers_.message(std::move(*message));
  } else {
    handlers_.request(ClientId(sender.id), std::move(std::get<RequestResult>(result)));
  }
}

void VerificationPool::work() {
  while (std::optional<Job> job = next_job()) {
    Done done{job->sender, job->bytes, check(std::move(*job))};
    const std::lock_guard lock(mutex_);
    if (done_.empty()) wake();
    done_.push_back(std::move(done));
  }
}

// Nothing once the pool stops.
std::optional<VerificationPool::Job> VerificationPool::next_job() {
  std::unique_lock lock(mutex_);
  has_job_.wait(lock, [&] { return stopping_ || !from_replicas_.empty() || !from_clients_.empty(); });
  if (stopping_) return std::nullopt;
  std::deque<Job>& queue = from_replicas_.empty() ? from_clients_ : from_replicas_;
  Job job = std::move(queue.front());
  queue.pop_front();
  return job;
}

void VerificationPool::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = write(wake_fd_, &one, sizeof one);
}

}  // namespace breakwater

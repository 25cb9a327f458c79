#include "node/commit_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "replication/assert.hpp"

namespace breakwater {

CommitThread::CommitThread(Store& store) : store_(store), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  BW_ASSERT(wake_fd_ >= 0);
  thread_ = std::jthread([this] { work(); });
}

CommitThread::~CommitThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_records_.notify_one();
  thread_.join();
  close(wake_fd_);
}

void CommitThread::begin(std::vector<Record> records) {
  {
    const std::lock_guard lock(mutex_);
    BW_ASSERT(!records_);
    records_ = std::move(records);
    result_.reset();
  }
  has_records_.notify_one();
}

std::optional<std::expected<void, StoreError>> CommitThread::result() {
  const std::lock_guard lock(mutex_);
  if (result_) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got = read(wake_fd_, &ignored, sizeof ignored);
  }
  return result_;
}

void CommitThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_records_.wait(lock, [this] { return stopping_ || records_; });
    if (!records_) return;
    const std::vector<Record> records = std::move(*records_);
    lock.unlock();
    std::expected<void, StoreError> result = store_.commit(records);
    lock.lock();
    records_.reset();
    result_ = std::move(result);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = write(wake_fd_, &one, sizeof one);
  }
}

}  // namespace breakwater

// Transactions beside the event loop, which meanwhile reads, verifies and votes on.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/committer.hpp"

namespace breakwater {

// Seals and commits on a thread of its own. The owner's thread calls begin() and result(); reads of the store are
// allowed meanwhile, writes are not. `store` must outlive it.
class CommitThread final : public Committer {
 public:
  explicit CommitThread(Store& store);
  // Waits for the transaction that is under way.
  ~CommitThread() override;
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void begin(std::vector<Record> records) override;
  std::optional<std::expected<void, StoreError>> result() override;
  // Becomes readable when a transaction ends, until result() was asked.
  int wake_fd() const { return wake_fd_; }

 private:
  void work();

  Store& store_;
  int wake_fd_;
  std::mutex mutex_;
  std::condition_variable has_records_;
  std::optional<std::vector<Record>> records_;
  std::optional<std::expected<void, StoreError>> result_;
  bool stopping_ = false;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace breakwater

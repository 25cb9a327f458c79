// How a replica's transactions are made: one at a time, at once or beside the event loop.
#pragma once

#include <optional>

#include "store/store.hpp"

namespace breakwater {

// One thread calls it.
class Committer {
 public:
  virtual ~Committer() = default;
  // The caller guarantees that the transaction before has ended.
  virtual void begin(std::vector<Record> records) = 0;
  // How the transaction begun last ended; nothing while it is under way.
  virtual std::optional<std::expected<void, StoreError>> result() = 0;
};

// Commits inside begin(). `store` must outlive it.
class InlineCommitter final : public Committer {
 public:
  explicit InlineCommitter(Store& store) : store_(store) {}
  void begin(std::vector<Record> records) override { result_ = store_.commit(records); }
  std::optional<std::expected<void, StoreError>> result() override { return result_; }

 private:
  Store& store_;
  std::expected<void, StoreError> result_;
};

}  // namespace breakwater

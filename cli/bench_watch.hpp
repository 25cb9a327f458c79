// What the replicas of a measured group say of themselves, asked while the load runs.
#pragma once

#include "cli/harbor.hpp"

namespace breakwater::cli {

// Never waits. One thread.
class BenchWatch {
 public:
  using Reports = std::map<ReplicaId, StatusReport>;

  // Asks as the harbor's operator.
  explicit BenchWatch(const Harbor& harbor) : replicas_(harbor.config.replicas.size()), client_(harbor, "operator") {}

  // Asks all replicas anew; returns which question it is, from 0 on.
  std::size_t ask();
  // Takes what arrived. A report answers the latest question.
  void receive();
  bool has_all(std::size_t question) const { return answers_.at(question).size() == replicas_; }
  const Reports& reports(std::size_t question) const { return answers_.at(question); }

 private:
  std::size_t replicas_;
  HarborClient client_;
  std::vector<Reports> answers_;
};

}  // namespace breakwater::cli

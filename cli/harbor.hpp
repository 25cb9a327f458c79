// A harbor on disk, and clients made from it.
#pragma once

#include <memory>

#include "cli/app.hpp"
#include "client/client.hpp"
#include "client/request_numbers.hpp"
#include "crypto/keys.hpp"
#include "node/cluster_config.hpp"

namespace breakwater::cli {

struct Harbor {
  std::filesystem::path dir;
  ClusterConfig config;

  std::filesystem::path cluster_file() const { return dir / "cluster.toml"; }
  std::filesystem::path replica_dir(ReplicaId id) const { return dir / ("replica-" + std::to_string(id.value)); }
  std::filesystem::path client_dir(const std::string& name) const { return dir / "clients" / name; }
  Quorums quorums() const { return config.quorums(); }
};

// Throws UserError: without a harbor it says in one line how to start one.
Harbor open_harbor(const GlobalOptions& options);

// Is this replica's host this machine's? Loopback, or an address of one of its interfaces.
bool is_local(const ReplicaEntry& replica);

// A client of the group with its keys and connections. Not movable: parts refer to each other.
class HarborClient {
 public:
  // Throws UserError for an unknown client or an unreadable key.
  HarborClient(const Harbor& harbor, const std::string& name, const std::shared_ptr<ClientIo>& io = nullptr);
  HarborClient(const HarborClient&) = delete;
  HarborClient& operator=(const HarborClient&) = delete;

  Client& client() { return *client_; }
  ClientTransport& transport() { return *transport_; }
  const std::string& name() const { return name_; }
  // One number at a time, for commands that send one request.
  void take_single_numbers() { block_ = 1; }
  // Throws UserError when the counter cannot be written.
  RequestNumber next_number();

 private:
  // Numbers taken from the counter at a time: a fraction of the session window, so that what is given up at the end
  // does not push answered numbers out of it.
  static constexpr std::uint64_t kBlock = 64;
  std::string name_;
  std::filesystem::path directory_;
  std::unique_ptr<Ed25519Signer> signer_;
  std::unique_ptr<ClientTransport> transport_;
  std::unique_ptr<Client> client_;
  RequestNumber next_;
  std::uint64_t left_ = 0;
  std::uint64_t block_ = kBlock;
};

// Waits for input of any of the clients, at most `patience`; then receives and drives all of them.
void pump(const std::vector<HarborClient*>& clients, std::chrono::milliseconds patience = std::chrono::milliseconds(5));

}  // namespace breakwater::cli

#include "cli/harbor.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <algorithm>

#include "cli/engine_tools.hpp"

namespace breakwater::cli {

Harbor open_harbor(const GlobalOptions& options) {
  const std::filesystem::path dir = options.harbor();
  if (!std::filesystem::exists(dir / "cluster.toml")) {
    throw UserError("no harbor at " + dir.string() + "; start one with 'breakwater start --detach --dir " +
                    dir.string() + "', or name yours with --dir");
  }
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  auto config = load_cluster_config(dir / "cluster.toml");
  if (!config) throw UserError(config.error().message);
  return {dir, std::move(*config)};
}

bool is_local(const ReplicaEntry& replica) {
  if (replica.host == "localhost" || replica.host.starts_with("127.")) return true;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return false;
  bool found = false;
  for (const ifaddrs* i = all; i != nullptr && !found; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    char text[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr, text, sizeof text);
    found = replica.host == text;
  }
  ::freeifaddrs(all);
  return found;
}

HarborClient::HarborClient(const Harbor& harbor, const std::string& name, const std::shared_ptr<ClientIo>& io)
    : name_(name), directory_(harbor.client_dir(name)) {
  const ClientConfigEntry* entry = harbor.config.client_named(name);
  if (entry == nullptr) {
    throw UserError("no client '" + name + "' in " + harbor.cluster_file().string() +
                    "; it has 'operator' and desks such as 'desk-1'");
  }
  const auto keys = load_secret_keys(directory_ / "key");
  if (!keys) throw UserError(keys.error().message);
  SigningKey key = SigningKey::from_seed(keys->seed);
  if (key.public_key() != entry->key) {
    throw UserError((directory_ / "key").string() + " is not the key that cluster.toml names for " + name +
                    "; restore the right one");
  }
  signer_ = std::make_unique<Ed25519Signer>(std::move(key), Signatory{SignerRole::client, entry->id.value, {}});
  ClientTransportConfig config;
  config.io = io;
  config.keys = {entry->curve_key, keys->curve};
  for (const auto& [id, r] : harbor.config.replicas) {
    config.servers[id] = {"tcp://" + r.host + ":" + std::to_string(r.client_port), r.curve_key};
  }
  config.limits = harbor.config.limits;
  auto transport = ClientTransport::open(std::move(config));
  if (!transport) throw UserError(transport.error().message);
  transport_ = std::move(*transport);
  const ClientIdentity identity{entry->id, harbor.config.cluster};
  client_ = std::make_unique<Client>(identity, guide_of(harbor.config), *transport_, *signer_);
}

RequestNumber HarborClient::next_number() {
  if (left_ == 0) {
    const auto first = allocate_request_numbers(directory_, block_);
    if (!first) throw UserError(first.error());
    next_ = *first;
    left_ = block_;
  }
  const RequestNumber number = next_;
  next_ = next_.next();
  --left_;
  return number;
}

void pump(const std::vector<HarborClient*>& clients, std::chrono::milliseconds patience) {
  std::vector<ClientTransport*> transports;
  transports.reserve(clients.size());
  for (HarborClient* c : clients) transports.push_back(&c->transport());
  const std::vector<ClientTransport*> ready = ClientTransport::wait_any(transports, patience);
  const auto now = Client::Clock::now();
  for (HarborClient* c : clients) {
    if (std::ranges::find(ready, &c->transport()) != ready.end()) c->client().receive(now);
    c->client().drive(now);
  }
}

}  // namespace breakwater::cli

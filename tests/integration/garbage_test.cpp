// Strangers who write rubbish to every port: the group does not even slow down enough to leave anyone unanswered.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>

#include "node/cluster_config.hpp"
#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // A replica may hang up on us at any time, and may not read at all: no call here waits longer than this.
  const timeval patience{0, 200'000};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// How a ZeroMQ peer begins: past it, the receiver reads on, and meets the rubbish deeper inside.
const std::string kGreeting = std::string("\xFF\0\0\0\0\0\0\0\x01\x7F\x03\0CURVE", 17) + std::string(47, '\0');

// Writes to one port after another until `done`, by connections of its own.
class Vandal {
 public:
  Vandal(std::vector<std::uint16_t> ports, unsigned seed, const std::atomic<bool>& done)
      : ports_(std::move(ports)), random_(seed), done_(done), thread_([this] { work(); }) {}
  ~Vandal() { thread_.join(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  static constexpr std::uint64_t kMaxBytes = 16 << 20;

  void work() {
    while (!done_ && bytes_ < kMaxBytes) {
      const int fd = connect_to(ports_[random_() % ports_.size()]);
      if (fd < 0) continue;
      if (random_() % 2 == 0) say(fd, kGreeting);
      for (unsigned i = random_() % 4; i > 0 && !done_; --i) {
        if (!say(fd, rubbish())) break;
      }
      ::close(fd);
    }
  }
  std::string rubbish() {
    std::string text(random_() % 4096 + 1, '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  bool say(int fd, const std::string& text) {
    const ssize_t size = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (size > 0) bytes_ += static_cast<std::uint64_t>(size);
    return size == static_cast<ssize_t>(text.size());
  }

  const std::vector<std::uint16_t> ports_;
  std::mt19937 random_;
  const std::atomic<bool>& done_;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::thread thread_;  // last: it uses the others
};

std::vector<std::uint16_t> all_ports(const HarborRig& rig) {
  const auto config = breakwater::load_cluster_config(rig.cluster_file());
  BOOST_REQUIRE(config.has_value());
  std::vector<std::uint16_t> ports;
  for (const auto& [id, replica] : config->replicas) {
    ports.push_back(replica.replica_port);
    ports.push_back(replica.client_port);
  }
  return ports;
}

struct SetAtEnd {
  std::atomic<bool>& flag;
  ~SetAtEnd() { flag = true; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(garbage)

BOOST_AUTO_TEST_CASE(random_bytes_on_every_port) {
  constexpr int kCommands = 300;
  const HarborRig rig;
  rig.start();
  const std::vector<std::uint16_t> ports = all_ports(rig);
  BOOST_REQUIRE(ports.size() == 2u * HarborRig::kReplicas);

  std::atomic<bool> done = false;
  Vandal first(ports, 1, done), second(ports, 2, done), third(ports, 3, done);
  const SetAtEnd end{done};  // destroyed before the vandals, who then stop
  Process replay = rig.begin({"replay", rig.trace(6, kCommands).string(), "--desks", "8", "--json"});
  const Finished replayed = replay.finish();
  done = true;
  expect_all_answered(replayed, kCommands);
  BOOST_TEST(first.bytes() + second.bytes() + third.bytes() > 1000u);

  BOOST_TEST(rig.status()["quorum_healthy"] == true);
  BOOST_TEST(rig.processes().size() == static_cast<std::size_t>(HarborRig::kReplicas));
  expect_agreement(rig);
  expect_safe(rig);
}

BOOST_AUTO_TEST_SUITE_END()

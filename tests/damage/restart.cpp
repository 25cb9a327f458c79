#include "tests/damage/restart.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "booking/booking_machine.hpp"
#include "crypto/digest.hpp"
#include "node/store_guard.hpp"
#include "replica/replica.hpp"
#include "store/lmdb_disk.hpp"
#include "store/repair.hpp"

namespace breakwater::damage {

namespace {

constexpr std::uint64_t kNowUs = 1'900'000'000'000'000;  // later than any harbor's run
constexpr int kTicks = 3;
constexpr std::size_t kMapBytes = std::size_t{64} << 20;
constexpr std::size_t kRetried = 4;

// Everything that leaves the replica, in order.
class Recorder final : public Outlet {
 public:
  explicit Recorder(const EngineKit& kit) : kit_(kit) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override {
    said_.u32(to ? to->value : ~0u).blob(kit_.encode(*message));
  }
  void reply(const Reply& reply) override {
    said_.u32(reply.client.value).u64(reply.number.value).u8(static_cast<std::uint8_t>(reply.status));
    said_.u64(reply.sequence.value);
    for (const Bytes& result : reply.results) said_.blob(result);
  }
  Digest digest() const { return hash("said", said_.bytes()); }

 private:
  const EngineKit& kit_;
  Writer said_;
};

Digest content_of(const Store& store, std::initializer_list<Table> tables) {
  Writer all;
  for (const Table table : tables) {
    const auto read = store.scan(table, {}, [&](ByteView key, ByteView value) {
      if (!is_head(table, key)) all.blob(key).blob(value);
      return true;
    });
    if (!read) all.text(read.error().message);
  }
  return hash("content", all.bytes());
}

// Changes many records, in several transactions: what is free is used, what was used is freed.
std::optional<std::string> turn_over(Store& store) {
  std::vector<Record> leaves, slots;
  static_cast<void>(store.scan(Table::leaves, {}, [&](ByteView key, ByteView value) {
    leaves.push_back({Table::leaves, Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end())});
    return leaves.size() < 200;
  }));
  static_cast<void>(store.scan_keys(Table::archive, [&](ByteView key) {
    slots.push_back({Table::archive, Bytes(key.begin(), key.end()), std::nullopt});
    return slots.size() < 60;
  }));
  for (std::uint8_t round = 0; round < 3; ++round) {
    std::vector<Record> records;
    for (Record& leaf : leaves) {
      leaf.value->push_back(round);
      records.push_back(leaf);
    }
    for (std::size_t i = round; i < slots.size(); i += 3) records.push_back(slots[i]);
    for (std::uint64_t n = 0; n < 20; ++n) {
      const Bytes key = sequence_key(SequenceNumber(1'000'000 + 20u * round + n));
      records.push_back({Table::archive, key, Bytes(700 * (1 + n), round)});
    }
    if (auto done = store.commit(records); !done) return done.error().message;
  }
  return std::nullopt;
}

// The file as it is to be found: of what the last start left there only what differs is written, which is most of what
// a start costs. Beyond its end is the room that was taken ahead; nobody reads that.
std::optional<std::string> put_in_place(const std::filesystem::path& path, ByteView content, Bytes& held) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return "cannot open the scratch file";
  constexpr std::size_t kPage = 4096;
  held.resize(content.size());
  const ssize_t read = ::pread(fd, held.data(), held.size(), 0);
  bool good = true;
  for (std::size_t at = 0; good && at < content.size(); at += kPage) {
    const bool is_same = static_cast<ssize_t>(at + kPage) <= read && std::memcmp(&held[at], &content[at], kPage) == 0;
    good = is_same || ::pwrite(fd, &content[at], kPage, static_cast<off_t>(at)) == ssize_t{kPage};
  }
  ::close(fd);
  if (!good) return "cannot write the scratch file";
  return std::nullopt;
}

}  // namespace

Restart::Restart(const std::filesystem::path& harbor, ReplicaId id, std::filesystem::path scratch)
    : cluster_(load_cluster_config(harbor / "cluster.toml").value()),
      id_(id),
      roster_(cluster_.roster()),
      scratch_(std::move(scratch)) {
  const SecretKeys keys = load_secret_keys(harbor / ("replica-" + std::to_string(id.value)) / "key").value();
  kit_ = make_engine_kit(cluster_, id, {{{Incarnation(0), keys.seed}}, Incarnation(0)}, roster_);
}

bool Restart::Outcome::like(const Outcome& sound) const {
  if (promises != sound.promises || state != sound.state) return false;
  if (!repaired) return sent == sound.sent && served == sound.served;
  return served.size() < sound.served.size() && std::equal(served.begin(), served.end(), sound.served.begin());
}

std::expected<std::optional<Restart::Outcome>, std::string> Restart::run(ByteView file, const FileCheck& check) {
  if (check.fault) return std::optional<Outcome>{};
  std::optional<SequenceNumber> drop;
  if (!check.sound()) {
    // How far the checkpoint reaches is known once the store is open: where it cannot matter, that is spared.
    drop = droppable_archive(check.content, SequenceNumber(~std::uint64_t{0}));
    if (!drop) return std::optional<Outcome>{};
  }
  auto outcome = start(file, drop);
  if (!outcome && outcome.error().empty()) return std::optional<Outcome>{};
  if (!outcome) return std::unexpected(outcome.error());
  return std::optional<Outcome>(*outcome);
}

// An empty error is a refusal to start.
std::expected<Restart::Outcome, std::string> Restart::start(ByteView file, const std::optional<SequenceNumber>& drop) {
  std::filesystem::remove(scratch_ / "lock.mdb");
  if (auto failed = put_in_place(scratch_ / "data.mdb", file, held_)) return std::unexpected(*failed);
  auto disk = LmdbDisk::open(scratch_, OpenMode::read_write, StoreSize{kMapBytes});
  if (!disk) return std::unexpected(disk.error().message);
  auto store = Store::open(**disk, {cluster_.cluster, id_, cluster_.replicas.at(id_).incarnation});
  if (!store) return std::unexpected(store.error().message);
  Outcome outcome;
  if (drop) {
    const auto checkpoint = checkpoint_of(*store);
    if (!checkpoint) return std::unexpected(checkpoint.error().message);
    if (*drop >= *checkpoint) return std::unexpected("");
    if (auto dropped = drop_archive(*store, *drop); !dropped) return std::unexpected(dropped.error().message);
    outcome.repaired = true;
  }
  booking::BookingMachine machine;
  Recorder recorder(*kit_);
  auto replica = Replica::recover(
      {id_, *store, machine, kit_->reply_signer(), roster_, recorder, kit_->factory(), cluster_.group_rules()});
  if (!replica) return std::unexpected(replica.error().message);
  outcome.promises = content_of(*store, {Table::meta, Table::journal, Table::evidence, Table::transcripts});

  Writer state;
  state.fixed((*replica)->state_digest()).u64((*replica)->executed().value);
  state.fixed(content_of(*store, {Table::roots, Table::leaves}));
  outcome.state = hash("state", state.bytes());

  std::vector<RequestPtr> requests;
  const auto read = store->scan(Table::archive, {}, [&](ByteView key, ByteView record) {
    const MessagePtr message = kit_->factory().slot_message(record);
    const auto slot = kit_->factory().read_archived(record);
    outcome.served.push_back(hash("served", key, message == nullptr ? Bytes{} : kit_->encode(*message)));
    if (slot && slot->batch != nullptr) requests.push_back(slot->batch->requests.front());
    return true;
  });
  if (!read) return std::unexpected(read.error().message);
  std::ranges::reverse(outcome.served);
  for (std::size_t i = 0; i < std::min(kRetried, requests.size()); ++i) {
    (*replica)->request(std::move(*kit_->authenticator().authenticate(requests[requests.size() - 1 - i])));
  }
  for (int i = 0; i < kTicks; ++i) {
    (*replica)->tick(AgreedTime(kNowUs + static_cast<std::uint64_t>(i) * 10'000));
    if (auto done = (*replica)->run(); !done) return std::unexpected(done.error().message);
  }
  outcome.sent = recorder.digest();
  if (auto failed = turn_over(*store)) return std::unexpected(*failed);
  replica->reset();
  disk->reset();
  const auto after = check_here(scratch_);
  if (!after) return std::unexpected(after.error().message);
  if (!after->check.sound()) return std::unexpected("after more work: " + after->check.problems().front());
  return outcome;
}

}  // namespace breakwater::damage

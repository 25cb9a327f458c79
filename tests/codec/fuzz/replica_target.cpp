// Replica 1 of four over a disk in memory, fed with what the bytes say: messages of a pool that the three others sign
// (each may say anything, so more than f of them lie), some with a flipped byte, ticks, and deaths with or without what
// was not performed yet. Whatever comes, no assertion fires, the store stays readable, and replica 1 itself never signs
// what convicts it.
#include <cstdio>

#include "booking/booking_machine.hpp"
#include "net/codec.hpp"
#include "pbft/factory.hpp"
#include "replica/replica.hpp"
#include "store/memory_disk.hpp"
#include "tests/codec/fuzz/targets.hpp"
#include "tests/support/engine_rig.hpp"

namespace breakwater::fuzz {

namespace {

using namespace pbft;
using breakwater::testing::EngineRig;

constexpr std::uint32_t kSelf = 1;
constexpr std::size_t kMaxSteps = 300;
constexpr std::size_t kMaxOwn = 256;  // statements compared with each other

// The bytes that choose; zeroes when they are used up.
class Choices {
 public:
  explicit Choices(ByteView bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint64_t below(std::uint64_t bound) { return byte() % bound; }

 private:
  ByteView rest_;
};

// What replica 1 signed, over all its lives.
class OwnWords {
 public:
  void add(const SignedStatement& said, ByteView body) {
    if (said_.contains(said)) return;
    for (const auto& [before, its_body] : said_) {
      const bool asks = said.statement.kind == StatementKind::view_change;
      const auto found = contradiction(before, said, asks ? body : ByteView(its_body));
      if (found) std::fprintf(stderr, "%s\n", describe(*found).c_str());
      BW_ASSERT(!found);
    }
    if (said_.size() < kMaxOwn) said_.emplace(said, Bytes(body.begin(), body.end()));
  }
  // A slot's record goes to the archive after its reply, with a later transaction. A death between them forgets what
  // was decided, and since more than f lie here, another batch may be decided there: the only words that may then
  // differ.
  void forget_replies_above(SequenceNumber archived) {
    std::erase_if(said_, [&](const auto& entry) {
      const Statement& s = entry.first.statement;
      return s.kind == StatementKind::reply && s.sequence > archived;
    });
  }

 private:
  static std::string describe(const Evidence& evidence) {
    const auto place = [](const SignedStatement& s) {
      return std::string(name_of(s.statement.kind)) + " view " + std::to_string(s.statement.view.value) + " sequence " +
             std::to_string(s.statement.sequence.value) + " " + to_hex(s.statement.digest.view());
    };
    return std::string(name_of(evidence.kind)) + ": " + place(evidence.first) + " and " + place(*evidence.second);
  }

  std::map<SignedStatement, Bytes> said_;
};

class FuzzedReplica final : private Outlet {
 public:
  FuzzedReplica() : authenticator_(pool_.crypto(), pool_.config.cluster), roster_(pool_.config.cluster) {
    for (std::uint32_t id = 0; id < 4; ++id) roster_.add_replica(ReplicaId(id), Incarnation(0), {});
    for (std::uint32_t id = 0; id <= 3; ++id) roster_.add_client(ClientId(id), {{}, ClientRole::desk});
    start();
  }

  void run(Choices choices) {
    for (std::size_t i = 0; i < kMaxSteps && !choices.done(); ++i) {
      act(choices);
      if (!whole_rounds_) perform();
    }
    perform();
    restart();
  }

 private:
  void act(Choices& c) {
    switch (c.below(17)) {
      case 0: return say(pool_.pre_prepare(view(c), slot(c), batch(c)));
      case 1: return say(pool_.prepare(peer(c), view(c), slot(c), digest(c)));
      case 2: return say(pool_.commit(peer(c), view(c), slot(c), digest(c)));
      case 3: return say(pool_.checkpoint(peer(c), checkpoint(c), digest(c)));
      case 4: return say(view_change(c, peer(c), view(c)));
      case 5: return say(new_view(c));
      case 6: return say(status(c));
      case 7: return say(std::make_shared<DecidedSlot>(ReplicaId(peer(c)), commits(c), batch(c)));
      case 8: return say(std::make_shared<BatchBody>(ReplicaId(peer(c)), batch(c)));
      case 9: return say(proof(c));
      case 10: return say(std::make_shared<RelayedRequest>(ReplicaId(peer(c)), batch(c)->requests[0]));
      case 11: return ask(batch(c)->requests[0]);
      case 12: return tick(ticks(c));
      case 13: return flip(c);
      case 14: return restart();
      case 15: whole_rounds_ = !whole_rounds_; return;
      default: return decide(c);
    }
  }

  // --- choices
  // A few, or as many as a view-change timeout has.
  std::uint64_t ticks(Choices& c) {
    const std::uint8_t n = c.byte();
    return n < 224 ? 1u + n % 8 : pool_.config.view_change_timeout_ticks + 1;
  }
  static std::uint64_t view(Choices& c) { return c.below(5); }
  std::uint64_t slot(Choices& c) {
    const std::uint64_t far[] = {~std::uint64_t{0}, std::uint64_t{1} << 40, 33, 41};
    const std::uint8_t n = c.byte();
    return n >= 250 ? far[n % 4] : replica_->executed().value + n % 24;
  }
  std::uint64_t checkpoint(Choices& c) { return 8 * c.below(8) + (c.byte() == 255 ? 1 : 0); }
  static std::uint32_t peer(Choices& c) { return static_cast<std::uint32_t>((kSelf + 1 + c.below(3)) % 4); }
  BatchPtr batch(Choices& c) {
    const std::uint8_t n = c.byte();
    std::vector<RequestPtr> requests{pool_.request(1 + n % 3, 1 + n / 3 % 16)};
    if (n > 200) requests.push_back(pool_.request(1, 20));
    return make_batch(AgreedTime(now_us_ + (n == 255 ? 3'600'000'000 : 0)), std::move(requests));
  }
  Digest digest(Choices& c) {
    const std::uint8_t n = c.byte();
    if (n == 0) return kNullDigest;
    if (n == 1) return replica_->state_digest();
    return n % 2 == 0 && said_last_ ? said_last_->statement.digest : batch(c)->digest;
  }
  std::vector<std::uint32_t> signers(Choices& c) {
    const std::uint8_t mask = c.byte();
    std::vector<std::uint32_t> ids;
    for (std::uint32_t id = 0; id < 4; ++id) {
      if (id != kSelf && (mask >> id & 1) == 0) ids.push_back(id);
    }
    return ids;
  }
  Certificate commits(Choices& c) {
    const std::uint64_t v = view(c), n = slot(c);
    return pool_.certificate(StatementKind::commit, signers(c), v, n, digest(c));
  }
  std::shared_ptr<ViewChange> view_change(Choices& c, std::uint32_t signer, std::uint64_t view_asked) {
    ViewChange::Body body;
    const std::uint64_t low = 8 * c.below(4);
    if (low > 0) body.stable_checkpoint = pool_.certificate(StatementKind::checkpoint, signers(c), 0, low, digest(c));
    std::uint64_t n = low;
    for (std::uint64_t i = c.below(4); i > 0; --i) {
      n += 1 + c.below(4);
      body.prepared.push_back(pool_.prepared(view(c), n, digest(c), signers(c)));
    }
    return pool_.view_change(signer, view_asked, low, std::move(body));
  }
  MessagePtr new_view(Choices& c) {
    const std::uint64_t v = 1 + view(c);
    std::vector<ViewChangePtr> asked;
    for (const std::uint32_t id : signers(c)) asked.push_back(view_change(c, id, v));
    if (c.below(8) == 0) return pool_.new_view(v, {std::move(asked), {}}, c.below(16));
    return pool_.honest_new_view(v, std::move(asked));
  }
  MessagePtr status(Choices& c) {
    auto s = std::make_shared<Status>(ReplicaId(peer(c)));
    s->view = ViewNumber(view(c));
    s->view_changing = c.below(2) == 1;
    s->stable_checkpoint = SequenceNumber(slot(c));
    s->decided = SequenceNumber(slot(c));
    s->slots = {{SequenceNumber(slot(c)), static_cast<std::uint8_t>(c.below(8))}};
    s->wanted_batches = {digest(c), digest(c)};
    return s;
  }
  MessagePtr proof(Choices& c) {
    const std::uint32_t liar = peer(c);
    const std::uint64_t v = view(c), n = slot(c);
    const auto kind = static_cast<StatementKind>(2 + c.below(3));
    return std::make_shared<Proof>(ReplicaId(peer(c)), pool_.sign(kind, liar, v, n, digest(c)),
                                   pool_.sign(kind, liar, v, n, digest(c)), Bytes{});
  }

  // --- inputs
  void say(const MessagePtr& message) {
    if (message->sender() == ReplicaId(kSelf)) return;  // the pool does not speak for replica 1
    if (const auto* s = dynamic_cast<const StatementMessage*>(message.get())) said_last_ = s->header;
    last_ = message;
    if (replica_->admit(*message)) return;
    replica_->step(authenticator_.authenticate(message, message->sender()));
  }
  void ask(const RequestPtr& request) {
    if (!replica_->admit(*request)) replica_->request(std::move(*authenticator_.authenticate(request)));
  }
  void tick(std::uint64_t times) {
    for (; times > 0; --times) {
      now_us_ += 10'000;
      replica_->tick(AgreedTime(now_us_));
      perform();
    }
  }
  // The last message again, with bits of its frame flipped.
  void flip(Choices& c) {
    if (last_ == nullptr) return;
    Bytes frame = encode_frame(dynamic_cast<const PbftMessage&>(*last_));
    frame[(c.byte() * 256u + c.byte()) % frame.size()] ^= static_cast<std::uint8_t>(1u << c.below(8));
    if (const auto decoded = decode_pbft_frame(frame)) say(*decoded);
  }
  // The next slot with the votes of all others, in the current view: how the interesting states are reached.
  void decide(Choices& c) {
    const std::uint64_t v = replica_->status().view.value, n = replica_->status().chosen.value + 1;
    const BatchPtr b = batch(c);
    if (pool_.primary(v) != kSelf) say(pool_.pre_prepare(v, n, b));
    for (const std::uint32_t id : {0u, 2u, 3u}) {
      if (id != pool_.primary(v)) say(pool_.prepare(id, v, n, b->digest));
    }
    for (const std::uint32_t id : {0u, 2u, 3u}) say(pool_.commit(id, v, n, b->digest));
  }

  // --- life
  void start() {
    store_.emplace(Store::open(disk_, {pool_.config.cluster, ReplicaId(kSelf), Incarnation(0)}).value());
    BW_ASSERT(!store_->was_empty() || store_->claim());
    signer_.emplace(pool_.crypto(), pool_.config.signatory(ReplicaId(kSelf)));
    machine_.emplace();
    factory_.emplace(pool_.config, *signer_);
    auto recovered =
        Replica::recover({ReplicaId(kSelf), *store_, *machine_, &*signer_, roster_, *this, *factory_, {8, 32}, {}});
    BW_ASSERT(recovered.has_value());
    replica_ = std::move(*recovered);
  }
  // What was not performed yet is lost.
  void restart() {
    replica_ = nullptr;
    start();
    own_.forget_replies_above(replica_->executed());
    tick(1);
  }
  void perform() { BW_ASSERT(replica_->run().has_value()); }

  // --- what leaves
  void send(std::optional<ReplicaId>, const MessagePtr& message) override {
    const Bytes frame = encode_frame(dynamic_cast<const PbftMessage&>(*message));
    BW_ASSERT(decode_pbft_frame(frame).has_value());
    const auto* s = dynamic_cast<const StatementMessage*>(message.get());
    if (s == nullptr || s->sender() != ReplicaId(kSelf)) return;
    const auto* view_change = dynamic_cast<const ViewChange*>(s);
    own_.add(s->header, view_change != nullptr ? ByteView(view_change->encoded_body) : ByteView());
  }
  void reply(const Reply& reply) override {
    if (!reply.signed_reply) return;
    const Statement s{StatementKind::reply,
                      pool_.config.cluster,
                      pool_.config.signatory(ReplicaId(kSelf)),
                      {},
                      reply.sequence,
                      reply.root};
    own_.add({s, reply.signature}, {});
  }

  EngineRig pool_{0};  // makes messages; its own engine is not used
  SignatureAuthenticator authenticator_;
  Roster roster_;
  MemoryDisk disk_;
  std::optional<Store> store_;
  std::optional<sim::StandInSigner> signer_;
  std::optional<booking::BookingMachine> machine_;
  std::optional<PbftFactory> factory_;
  std::unique_ptr<Replica> replica_;
  OwnWords own_;
  MessagePtr last_;
  std::optional<SignedStatement> said_last_;
  std::uint64_t now_us_ = EngineRig::kNowUs;
  bool whole_rounds_ = false;
};

}  // namespace

void replica_inputs(ByteView bytes) { FuzzedReplica().run(Choices(bytes)); }

}  // namespace breakwater::fuzz

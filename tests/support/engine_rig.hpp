// One engine under test, its peers played by the test: builds signed messages of any replica, feeds them through the
// authenticator, and collects the effects.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "crypto/authenticator.hpp"
#include "pbft/engine.hpp"
#include "replication/assert.hpp"
#include "sim/stand_in_crypto.hpp"

namespace breakwater::testing {

using namespace pbft;

class EngineRig {
 public:
  static constexpr std::uint64_t kNowUs = 1'700'000'000'000'000;

  explicit EngineRig(std::uint32_t self, std::uint32_t n = 4)
      : cluster_(hash("engine rig", {})), crypto_(cluster_), authenticator_(crypto_, cluster_) {
    config.quorums = Quorums::byzantine(n);
    config.self = ReplicaId(self);
    config.cluster = cluster_;
    config.incarnations = incarnations = Incarnations::of(n);
    config.checkpoint_interval = 8;
    config.log_window = 32;
    signer_ = std::make_unique<sim::StandInSigner>(crypto_, config.signatory(config.self));
    engine = PbftEngine::create(config, *signer_, {}).value();
    tick();
  }

  std::shared_ptr<Incarnations> incarnations;  // the test readmits by adding to it
  Config config;
  std::unique_ptr<PbftEngine> engine;
  // Effects since clear().
  std::vector<Outbound> sent;
  std::vector<Committed> executed;
  std::vector<Rejected> rejected;
  std::vector<EvidenceFound> evidence;
  std::vector<ArchiveRead> served;
  std::map<Table, std::map<Bytes, Bytes>> disk;
  bool answer_executions = true;
  std::vector<std::pair<ClientId, RequestNumber>> spent;  // what each execution tells
  bool one_round = false;  // effects wait for perform(), as in a loop that takes many messages at once

  // --- inputs
  void step(MessagePtr message) {
    if (const auto reason = engine->admit(*message)) {
      rejected.push_back({*reason, message->name(), message->sender()});
      return;
    }
    Authenticated result = authenticator_.authenticate(message, message->sender());
    if (result.dropped) rejected.push_back({*result.dropped, message->name(), message->sender()});
    if (result.garbled) engine->distrust(std::move(*result.garbled));
    if (result.spoiled) engine->convict(std::move(*result.spoiled));
    if (result.good) engine->step(std::move(*result.good));
    if (!one_round) collect();
  }
  void perform() { collect(); }
  void propose(RequestPtr request) {
    engine->propose(std::move(*authenticator_.authenticate(request)), false);
    collect();
  }
  void tick(std::uint64_t times = 1) {
    for (; times > 0; --times) {
      engine->tick(AgreedTime(now_us));
      collect();
    }
  }
  // The process dies and starts again from what is durable.
  void restart() {
    Recovered recovered;
    for (const auto& [key, value] : disk[Table::journal]) recovered.journal.emplace_back(key, value);
    for (const auto& [key, value] : disk[Table::evidence]) recovered.evidence.push_back(value);
    recovered.delivered = SequenceNumber(disk[Table::archive].size());
    engine = PbftEngine::create(config, *signer_, recovered).value();
    clear();
    tick();
  }
  // The next start is with the keys of these incarnations, and a store that remembers from `remembered` on.
  void become(Incarnation remembered, Incarnation latest) {
    config.remembered = remembered;
    signer_->take_keys(remembered, latest);
  }
  void clear() {
    sent.clear();
    executed.clear();
    rejected.clear();
    evidence.clear();
    served.clear();
  }
  std::uint64_t now_us = kNowUs;

  // --- making messages, signed in the incarnation that counts, or in this one
  std::optional<Incarnation> signs_as;
  SignedStatement sign(StatementKind kind, std::uint32_t signer, std::uint64_t view, std::uint64_t sequence,
                       const Digest& digest) const {
    const bool for_views = kind == StatementKind::view_change || kind == StatementKind::new_view;
    Signatory who = config.signatory(ReplicaId(signer), SequenceNumber(sequence));
    if (for_views) {
      who.incarnation =
          incarnations->asking_from(ReplicaId(signer), SequenceNumber(sequence)).value_or(who.incarnation);
    }
    if (signs_as) who.incarnation = *signs_as;
    const Statement s{kind, cluster_, who, ViewNumber(view), SequenceNumber(sequence), digest};
    return {s, crypto_.sign(s)};
  }
  RequestPtr request(std::uint32_t client, std::uint64_t number, const std::string& text = "command") const {
    Request r = make_request(ClientId(client), RequestNumber(number), encode_commands({to_bytes(text)}), {});
    r.signature = crypto_.sign(request_statement(cluster_, r));
    return std::make_shared<const Request>(std::move(r));
  }
  BatchPtr batch(std::uint64_t number, std::uint64_t time_us = kNowUs) const {
    return make_batch(AgreedTime(time_us), {request(1, number)});
  }
  std::uint32_t primary(std::uint64_t view) const { return config.primary_of(ViewNumber(view)).value; }
  SignedStatement proposal(std::uint64_t view, std::uint64_t sequence, const Digest& digest) const {
    return sign(StatementKind::pre_prepare, primary(view), view, sequence, digest);
  }
  std::shared_ptr<PrePrepare> pre_prepare(std::uint64_t view, std::uint64_t sequence, BatchPtr b) const {
    return std::make_shared<PrePrepare>(proposal(view, sequence, b->digest), b);
  }
  std::shared_ptr<Prepare> prepare(std::uint32_t signer, std::uint64_t view, std::uint64_t sequence,
                                   const Digest& digest) const {
    const SignedStatement answered = proposal(view, sequence, digest);
    return std::make_shared<Prepare>(sign(StatementKind::prepare, signer, view, sequence, digest),
                                     answered.statement.signer, answered.signature);
  }
  std::shared_ptr<Commit> commit(std::uint32_t signer, std::uint64_t view, std::uint64_t sequence,
                                 const Digest& digest) const {
    return std::make_shared<Commit>(sign(StatementKind::commit, signer, view, sequence, digest));
  }
  std::shared_ptr<Checkpoint> checkpoint(std::uint32_t signer, std::uint64_t sequence, const Digest& root) const {
    return std::make_shared<Checkpoint>(sign(StatementKind::checkpoint, signer, 0, sequence, root));
  }
  Certificate certificate(StatementKind kind, const std::vector<std::uint32_t>& signers, std::uint64_t view,
                          std::uint64_t sequence, const Digest& digest) const {
    Certificate c{without_signer(sign(kind, 0, view, sequence, digest).statement), {}};
    for (const std::uint32_t signer : signers) {
      const SignedStatement vote = sign(kind, signer, view, sequence, digest);
      c.entries.push_back({ReplicaId(signer), vote.statement.signer.incarnation, vote.signature});
    }
    return c;
  }
  PreparedCertificate prepared(std::uint64_t view, std::uint64_t sequence, const Digest& digest,
                               const std::vector<std::uint32_t>& backups) const {
    return {proposal(view, sequence, digest), certificate(StatementKind::prepare, backups, view, sequence, digest)};
  }
  std::shared_ptr<ViewChange> view_change(std::uint32_t signer, std::uint64_t view, std::uint64_t low = 0,
                                          ViewChange::Body body = {}) const {
    Bytes encoded = encode_body(body);
    const Digest digest = view_change_body_digest(encoded);
    return std::make_shared<ViewChange>(sign(StatementKind::view_change, signer, view, low, digest), std::move(body),
                                        std::move(encoded));
  }
  std::shared_ptr<NewView> new_view(std::uint64_t view, NewView::Body body, std::uint64_t min_s = 0) const {
    Bytes encoded = encode_body(body);
    const Digest digest = new_view_body_digest(encoded);
    return std::make_shared<NewView>(sign(StatementKind::new_view, primary(view), view, min_s, digest), std::move(body),
                                     std::move(encoded));
  }
  // What a correct primary makes of these view-changes.
  std::shared_ptr<NewView> honest_new_view(std::uint64_t view, std::vector<ViewChangePtr> view_changes) const {
    const NewViewPlan plan = plan_new_view(view_changes);
    NewView::Body body{std::move(view_changes), {}};
    for (std::size_t i = 0; i < plan.digests.size(); ++i) {
      body.pre_prepares.push_back(proposal(view, plan.min_s.value + 1 + i, plan.digests[i]));
    }
    return new_view(view, std::move(body), plan.min_s.value);
  }
  std::shared_ptr<DecidedSlot> decided(std::uint32_t from, std::uint64_t view, std::uint64_t sequence,
                                       BatchPtr b) const {
    std::vector<std::uint32_t> signers;
    for (std::uint32_t r = 0; r < config.quorums.quorum; ++r) signers.push_back(r);
    return std::make_shared<DecidedSlot>(ReplicaId(from),
                                         certificate(StatementKind::commit, signers, view, sequence, b->digest), b);
  }
  Digest root_of(SequenceNumber sequence) const { return hash("root", as_bytes(std::to_string(sequence.value))); }

  // --- whole steps of the normal case, as backup `config.self` of view `view`
  // Decides `b` at `sequence` with the votes of all others.
  void decide(std::uint64_t view, std::uint64_t sequence, const BatchPtr& b) {
    if (primary(view) != config.self.value) step(pre_prepare(view, sequence, b));
    for (std::uint32_t r = 0; r < config.quorums.n; ++r) {
      if (r != config.self.value && r != primary(view)) step(prepare(r, view, sequence, b->digest));
    }
    for (std::uint32_t r = 0; r < config.quorums.n; ++r) {
      if (r != config.self.value) step(commit(r, view, sequence, b->digest));
    }
  }

  // --- looking
  template <class M>
  std::vector<std::shared_ptr<const M>> sent_of() const {
    std::vector<std::shared_ptr<const M>> out;
    for (const Outbound& o : sent) {
      if (auto m = std::dynamic_pointer_cast<const M>(o.message)) out.push_back(m);
    }
    return out;
  }
  bool was_rejected(RejectReason reason) const {
    return std::ranges::any_of(rejected, [&](const Rejected& r) { return r.reason == reason; });
  }
  bool accuses(std::uint32_t replica, EvidenceKind kind) const {
    return std::ranges::any_of(evidence, [&](const EvidenceFound& e) {
      return e.accused == ReplicaId(replica) && e.kind == pbft::name_of(kind) &&
             judge(decode_evidence(e.bytes).value(), crypto_, config).has_value();
    });
  }
  const sim::StandInCrypto& crypto() const { return crypto_; }

 private:
  void collect() {
    for (Ready ready = engine->take_ready(); !ready.empty(); ready = engine->take_ready()) {
      for (const Outbound& o : ready.send) {
        BW_ASSERT(!o.after || *o.after <= ready.token);
        sent.push_back(o);
      }
      for (const Record& r : ready.persist) {
        if (r.value) {
          disk[r.table][r.key] = *r.value;
        } else {
          disk[r.table].erase(r.key);
        }
      }
      if (!ready.persist.empty()) engine->persisted(ready.token);
      for (const Rejected& r : ready.rejected) rejected.push_back(r);
      for (const EvidenceFound& e : ready.evidence) evidence.push_back(e);
      for (const ArchiveRead& s : ready.serve) served.push_back(s);
      for (const Committed& c : ready.execute) {
        executed.push_back(c);
        if (answer_executions) {
          Execution execution{std::nullopt, spent, 0};
          if (c.batch != nullptr) {
            for (const RequestPtr& r : c.batch->requests) {
              if (known_.emplace(r->client, r->number).second) execution.fresh_work += work_of(*r);
            }
          }
          if (c.checkpoint_due) execution.state = root_of(c.sequence);
          engine->executed(c, execution);
        }
      }
    }
  }

  Digest cluster_;
  std::set<std::pair<ClientId, RequestNumber>> known_;  // executed
  sim::StandInCrypto crypto_;
  SignatureAuthenticator authenticator_;
  std::unique_ptr<sim::StandInSigner> signer_;
};

}  // namespace breakwater::testing

#include "audit/audit.hpp"

#include <algorithm>

#include "audit/history.hpp"
#include "audit/testimony.hpp"
#include "pbft/rules.hpp"

namespace breakwater::audit {

namespace {

class Examination {
 public:
  Examination(const Group& group, const std::map<ReplicaId, const Store*>& stores,
              const std::function<void(ReplicaId, SequenceNumber)>& progress)
      : group_(group), stores_(stores), progress_(progress) {}

  Report run() {
    for (const auto& [id, store] : stores_) read_slots(id, *store);
    find_conflicts();
    compare_histories();
    for (const auto& [id, store] : stores_) read_evidence(id, *store);
    find_guilty();
    for (auto& [bytes, evidence] : evidence_) {
      report_.accused.insert(evidence.accused());
      report_.evidence.push_back(std::move(evidence));
    }
    account();
    compare_roots();
    return std::move(report_);
  }

 private:
  void damaged(ReplicaId id, const StoreError& error) { report_.damage.push_back({id, error.message}); }

  // Certificates, client signatures, sales within one history, and the recomputed state at each checkpoint.
  void read_slots(ReplicaId id, const Store& store) {
    Occupancy occupancy;
    const auto walked = walk_history(store, group_.roster, group_.config, [&](const HistorySlot& slot) {
      progress_(id, slot.sequence);
      if (!check_certificate(slot.archived)) {
        report_.invalid_in.insert(id);
        return true;
      }
      decided_[slot.sequence][slot.archived.commits.statement.digest].insert(id);
      check_requests(slot.archived);
      if (report_.invalid_in.contains(id)) return true;
      report_.slots = std::max(report_.slots, slot.sequence.value);
      length_[id] = slot.sequence;
      note_sales(slot, occupancy);
      if (slot.state) recomputed_[id][slot.sequence] = *slot.state;
      return true;
    });
    if (!walked) damaged(id, walked.error());
  }

  bool check_certificate(const pbft::ArchivedSlot& slot) {
    ++report_.certificates_checked;
    const Certificate& commits = slot.commits;
    const Digest digest = slot.batch == nullptr ? kNullDigest : slot.batch->digest;
    const bool valid = commits.statement.digest == digest && pbft::is_commit_certificate(commits, group_.config) &&
                       std::ranges::all_of(commits.entries, [&](const Certificate::Entry& entry) {
                         return group_.checker.holds(commits.signed_by(entry));
                       });
    report_.certificates_invalid += !valid;
    return valid;
  }

  void check_requests(const pbft::ArchivedSlot& slot) {
    if (slot.batch == nullptr || !seen_batches_.insert(slot.batch->digest).second) return;
    for (const RequestPtr& request : slot.batch->requests) {
      ++report_.requests_checked;
      const SignedStatement asked{request_statement(group_.config.cluster, *request), request->signature};
      report_.requests_forged += !group_.checker.holds(asked);
    }
  }

  void note_sales(const HistorySlot& slot, Occupancy& occupancy) {
    if (!slot.answers) return;
    occupancy.at_time(slot.now);
    for (const Application::Answer& answer : *slot.answers) {
      if (answer.verdict != SessionVerdict::fresh) continue;  // executed before, if ever
      const auto commands = decode_commands(answer.request->body);
      for (std::size_t i = 0; commands && i < commands->size(); ++i) {
        const auto command = booking::decode_command((*commands)[i]);
        const auto result = booking::decode_result(answer.results[i]);
        if (!command || !result) continue;  // "malformed": sells nothing
        if (const auto twice = occupancy.note(*command, *result)) add_double_sale(*twice);
      }
    }
  }

  void add_double_sale(const DoubleSale& sale) {
    const auto known = std::ranges::find(report_.double_sold, sale.suite, &DoubleSale::suite);
    if (known == report_.double_sold.end()) report_.double_sold.push_back(sale);
    else known->bookings.insert(sale.bookings.begin(), sale.bookings.end());
  }

  void find_conflicts() {
    for (const auto& [sequence, by_digest] : decided_) {
      if (by_digest.size() > 1) report_.conflicts.push_back({sequence, by_digest});
    }
  }

  // Histories that conflict sold different things; compared at the length that both have.
  void compare_histories() {
    if (report_.conflicts.empty()) return;
    for (auto a = stores_.begin(); a != stores_.end(); ++a) {
      for (auto b = std::next(a); b != stores_.end(); ++b) {
        const SequenceNumber length = std::min(length_[a->first], length_[b->first]);
        for (const DoubleSale& sale :
             sold_differently(occupancy_at(*a->second, length), occupancy_at(*b->second, length))) {
          add_double_sale(sale);
        }
      }
    }
  }

  Occupancy occupancy_at(const Store& store, SequenceNumber length) {
    Occupancy occupancy;
    // Damage was reported by the first reading.
    static_cast<void>(walk_history(store, group_.roster, group_.config, [&](const HistorySlot& slot) {
      if (slot.sequence > length) return false;
      note_sales(slot, occupancy);
      return true;
    }));
    return occupancy;
  }

  // Whoever signed what no correct replica signs, by all that the stores hold about the slots in conflict.
  void find_guilty() {
    if (report_.conflicts.empty()) return;
    Testimony testimony(group_);
    for (const Conflict& conflict : report_.conflicts) testimony.is_disputed(conflict.sequence);
    for (const auto& [id, store] : stores_) {
      if (const auto read = testimony.read(*store); !read) damaged(id, read.error());
    }
    report_.transcripts = testimony.transcripts();
    for (const pbft::Evidence& evidence : testimony.contradictions()) add_evidence(evidence);
  }

  void account() {
    if (report_.conflicts.empty()) return;
    const std::size_t needed = group_.config.quorums.weak;
    report_.accountability =
        report_.accused.size() >= needed ? Accountability::complete : Accountability::indeterminate;
    if (report_.accountability == Accountability::complete) return;
    report_.indeterminate_because =
        report_.transcripts == 0
            ? "no store here kept a new-view, so what was promised between the views of the decisions is not known"
            : "the new-views that these stores kept do not show who broke a promise";
  }

  // Each store's roots against its own slots, and against the other stores' at the highest checkpoint common to all.
  void compare_roots() {
    std::map<SequenceNumber, std::vector<Digest>> roots;
    std::size_t compared = 0;
    for (const auto& [id, store] : stores_) {
      if (report_.accused.contains(id)) continue;
      ++compared;
      const auto scanned = store->scan(Table::roots, {}, [&](ByteView key, ByteView value) {
        const std::optional<SequenceNumber> sequence = sequence_of_key(key);
        const std::optional<Digest> root = Digest::from(value);
        if (!sequence || !root) return true;
        roots[*sequence].push_back(*root);
        const auto recomputed = recomputed_[id].find(*sequence);
        if (recomputed != recomputed_[id].end() && recomputed->second != *root) report_.state_digests_equal = false;
        return true;
      });
      if (!scanned) damaged(id, scanned.error());
    }
    for (auto it = roots.rbegin(); it != roots.rend(); ++it) {
      if (it->second.size() != compared) continue;
      report_.common_checkpoint = it->first;
      const auto differs = [&](const Digest& d) { return d != it->second.front(); };
      if (std::ranges::any_of(it->second, differs)) report_.state_digests_equal = false;
      return;
    }
  }

  void read_evidence(ReplicaId id, const Store& store) {
    const auto scanned = store.scan(Table::evidence, {}, [&](ByteView, ByteView value) {
      const std::optional<pbft::Evidence> evidence = pbft::decode_evidence(value);
      if (evidence) add_evidence(*evidence);
      else ++report_.evidence_rejected;
      return true;
    });
    if (!scanned) damaged(id, scanned.error());
  }

  void add_evidence(const pbft::Evidence& evidence) {
    if (pbft::judge(evidence, group_.checker, group_.config)) evidence_.emplace(pbft::encode(evidence), evidence);
    else ++report_.evidence_rejected;
  }

  const Group& group_;
  const std::map<ReplicaId, const Store*>& stores_;
  const std::function<void(ReplicaId, SequenceNumber)>& progress_;
  Report report_;
  std::map<SequenceNumber, std::map<Digest, std::set<ReplicaId>>> decided_;
  std::map<ReplicaId, SequenceNumber> length_;
  std::map<ReplicaId, std::map<SequenceNumber, Digest>> recomputed_;
  std::set<Digest> seen_batches_;
  std::map<Bytes, pbft::Evidence> evidence_;  // by canonical bytes: one contradiction, one entry
};

}  // namespace

bool Report::violated() const {
  const bool invalid = std::ranges::any_of(invalid_in, [&](ReplicaId id) { return !accused.contains(id); });
  const bool damaged = std::ranges::any_of(damage, [&](const Damage& d) { return !accused.contains(d.replica); });
  return invalid || damaged || !conflicts.empty() || !double_sold.empty() || requests_forged != 0 ||
         !state_digests_equal;
}

Report examine(const Group& group, const std::map<ReplicaId, const Store*>& stores,
               const std::function<void(ReplicaId, SequenceNumber)>& progress) {
  return Examination(group, stores, progress).run();
}

}  // namespace breakwater::audit

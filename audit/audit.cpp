#include "audit/audit.hpp"

#include <algorithm>

#include "audit/sales.hpp"
#include "audit/testimony.hpp"

namespace breakwater::audit {

namespace {

class Examination {
 public:
  Examination(const Group& group, const std::map<ReplicaId, const Store*>& stores,
              const std::function<void(ReplicaId, SequenceNumber)>& progress)
      : group_(group), stores_(stores), progress_(progress) {
    if (group.signatures) signatures_.emplace(*group.signatures);
  }

  Report run() {
    for (const auto& [id, store] : stores_) read_slots(id, *store);
    find_conflicts();
    compare_histories();
    if (signatures_) judge_signatures();
    account();
    compare_roots();
    return std::move(report_);
  }

 private:
  void damaged(ReplicaId id, const StoreError& error) { report_.damage.push_back({id, error.message}); }

  // Certificates, client signatures, sales within one history, and the recomputed state at each checkpoint.
  void read_slots(ReplicaId id, const Store& store) {
    Occupancy occupancy;
    const auto walked = walk_history(store, group_.reading, [&](const HistorySlot& history) {
      const DecidedSlot& slot = history.slot;
      progress_(id, slot.sequence);
      if (signatures_ && !signatures_->certifies(slot)) {
        report_.invalid_in.insert(id);
        return true;
      }
      decided_[slot.sequence][slot.digest].insert(id);
      if (signatures_ && slot.batch != nullptr) signatures_->check_requests(*slot.batch);
      if (report_.invalid_in.contains(id)) return true;
      report_.slots = std::max(report_.slots, slot.sequence.value);
      length_[id] = slot.sequence;
      for (const DoubleSale& sale : note_sales(history, occupancy)) add_double_sale(sale);
      if (history.state) recomputed_[id][slot.sequence] = *history.state;
      return true;
    });
    if (!walked) damaged(id, walked.error());
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
    static_cast<void>(walk_history(store, group_.reading, [&](const HistorySlot& slot) {
      if (slot.slot.sequence > length) return false;
      note_sales(slot, occupancy);  // what one history sold twice was noted by the first reading
      return true;
    }));
    return occupancy;
  }

  void judge_signatures() {
    for (const auto& [id, store] : stores_) {
      if (const auto read = signatures_->read_evidence(*store); !read) damaged(id, read.error());
    }
    if (!report_.conflicts.empty()) find_guilty();
    report_.signatures = signatures_->counts();
    report_.evidence = signatures_->evidence();
    report_.accused = signatures_->accused();
  }

  // Whoever signed what no correct replica signs, by all that the stores hold about the slots in conflict.
  void find_guilty() {
    Testimony testimony(*group_.signatures);
    for (const Conflict& conflict : report_.conflicts) testimony.is_disputed(conflict.sequence);
    for (const auto& [id, store] : stores_) {
      if (const auto read = testimony.read(*store); !read) damaged(id, read.error());
    }
    report_.transcripts = testimony.transcripts();
    for (const pbft::Evidence& evidence : testimony.contradictions()) signatures_->add_evidence(evidence);
  }

  void account() {
    if (report_.conflicts.empty()) return;
    if (signatures_ && report_.accused.size() >= group_.signatures->config.quorums.weak) {
      report_.accountability = Accountability::complete;
      return;
    }
    report_.accountability = Accountability::indeterminate;
    if (!signatures_) {
      report_.indeterminate_because = "the members of this group sign nothing, so nobody can be held to what it said";
    } else if (report_.transcripts == 0) {
      report_.indeterminate_because =
          "no store here kept a new-view, so what was promised between the views of the decisions is not known";
    } else {
      report_.indeterminate_because = "the new-views that these stores kept do not show who broke a promise";
    }
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

  const Group& group_;
  const std::map<ReplicaId, const Store*>& stores_;
  const std::function<void(ReplicaId, SequenceNumber)>& progress_;
  std::optional<Signatures> signatures_;
  Report report_;
  std::map<SequenceNumber, std::map<Digest, std::set<ReplicaId>>> decided_;
  std::map<ReplicaId, SequenceNumber> length_;
  std::map<ReplicaId, std::map<SequenceNumber, Digest>> recomputed_;
};

}  // namespace

bool Report::violated() const {
  const bool invalid = std::ranges::any_of(invalid_in, [&](ReplicaId id) { return !accused.contains(id); });
  const bool damaged = std::ranges::any_of(damage, [&](const Damage& d) { return !accused.contains(d.replica); });
  return invalid || damaged || !conflicts.empty() || !double_sold.empty() || signatures.requests_forged != 0 ||
         !state_digests_equal;
}

Report examine(const Group& group, const std::map<ReplicaId, const Store*>& stores,
               const std::function<void(ReplicaId, SequenceNumber)>& progress) {
  return Examination(group, stores, progress).run();
}

}  // namespace breakwater::audit

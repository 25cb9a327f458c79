#include "audit/store_report.hpp"

#include <algorithm>

#include "crypto/merkle.hpp"
#include "pbft/rules.hpp"
#include "store/repair.hpp"

namespace breakwater::audit {

namespace {

class StoreReading {
 public:
  StoreReading(const Group& group, const Store& store) : group_(group), store_(store) {
    if (group.signatures) signatures_.emplace(*group.signatures);
  }

  StoreReport run() {
    read_checkpoint();
    if (group_.signatures) read_certificate();
    read_archive();
    if (signatures_) read_evidence();
    return std::move(report_);
  }

 private:
  void problem(std::string line) { report_.problems.push_back(std::move(line)); }
  template <class T>
  std::optional<T> taken(std::expected<T, StoreError> value) {
    if (value) return std::move(*value);
    problem(value.error().message);
    return std::nullopt;
  }

  void read_checkpoint() {
    const auto checkpoint = taken(checkpoint_of(store_));
    StateTree tree;
    std::uint64_t leaves = 0;
    const auto scanned = store_.scan(Table::leaves, {}, [&](ByteView key, ByteView value) {
      tree.put(key, value);
      ++leaves;
      return true;
    });
    if (!scanned) problem(scanned.error().message);
    if (!checkpoint || !scanned) return;
    if (checkpoint->value == 0) {
      if (leaves != 0) problem("there are leaves of a checkpoint, but none is named");
      return;
    }
    report_.checkpoint = *checkpoint;
    report_.root = tree.root();
    const auto root = taken(store_.get(Table::roots, sequence_key(*checkpoint)));
    if (root && (!*root || Digest::from(**root) != report_.root)) {
      problem("the leaves of checkpoint " + std::to_string(checkpoint->value) + " do not hash to its root");
    }
  }

  void read_certificate() {
    const auto certificate = taken(stable_certificate(store_));
    if (!certificate || !*certificate) return;
    const Statement& stable = (*certificate)->statement;
    report_.stable_checkpoint = stable.sequence;
    if (!certifies_checkpoint(*group_.signatures, **certificate)) {
      return problem("the certificate of checkpoint " + std::to_string(stable.sequence.value) + " does not hold");
    }
    report_.checkpoint_is_certified = report_.checkpoint == stable.sequence && report_.root == stable.digest;
    if (report_.checkpoint == stable.sequence && !report_.checkpoint_is_certified) {
      problem("this replica's state at checkpoint " + std::to_string(stable.sequence.value) +
              " is not the one that its group certified");
    }
  }

  void read_archive() {
    const auto scanned = store_.scan(Table::archive, {}, [&](ByteView key, ByteView value) {
      const std::optional<DecidedSlot> slot = group_.reading.decode(value);
      if (!slot || sequence_of_key(key) != slot->sequence) {
        problem("archived slot " + to_hex(key) + " does not decode");
        return true;
      }
      if (signatures_) {
        if (!signatures_->certifies(*slot)) {
          problem("the certificate of slot " + std::to_string(slot->sequence.value) + " does not hold");
        }
        if (slot->batch != nullptr) signatures_->check_requests(*slot->batch);
      }
      if (!report_.first_slot) report_.first_slot = report_.last_slot = slot->sequence;
      else if (slot->sequence == report_.last_slot->next()) report_.last_slot = slot->sequence;
      else ++report_.slots_beyond_gap;
      return true;
    });
    if (!scanned) problem(scanned.error().message);
    if (report_.checkpoint && report_.first_slot && *report_.first_slot <= *report_.checkpoint &&
        *report_.last_slot < *report_.checkpoint) {
      problem("the archive ends at slot " + std::to_string(report_.last_slot->value) + ", before checkpoint " +
              std::to_string(report_.checkpoint->value));
    }
    if (signatures_ && signatures_->counts().requests_forged != 0) {
      problem(std::to_string(signatures_->counts().requests_forged) + " archived requests lack a good signature");
    }
  }

  void read_evidence() {
    const auto read = signatures_->read_evidence(store_);
    if (!read) problem(read.error().message);
    report_.signatures = signatures_->counts();
    report_.evidence = signatures_->evidence().size();
    if (report_.signatures.evidence_rejected != 0) {
      problem(std::to_string(report_.signatures.evidence_rejected) + " pieces of evidence convict nobody");
    }
  }

  const Group& group_;
  const Store& store_;
  std::optional<Signatures> signatures_;
  StoreReport report_;
};

}  // namespace

StoreReport read_store(const Group& group, const Store& store) { return StoreReading(group, store).run(); }

std::expected<std::optional<Certificate>, StoreError> stable_certificate(const Store& store) {
  const auto value = store.get(Table::journal, to_bytes("S"));
  if (!value) return std::unexpected(value.error());
  if (!*value) return std::optional<Certificate>{};
  Reader in(**value);
  Certificate certificate = decode_certificate(in);
  if (!in.finished()) {
    return std::unexpected(StoreError{store.where() + ": the stable checkpoint's certificate does not decode"});
  }
  return certificate;
}

bool certifies_checkpoint(const SignedGroup& group, const Certificate& certificate) {
  return pbft::is_stable_certificate(certificate, group.config) &&
         std::ranges::all_of(certificate.entries, [&](const Certificate::Entry& entry) {
           return group.checker.holds(certificate.signed_by(entry));
         });
}

}  // namespace breakwater::audit

// What replicas signed about slots that were decided twice, and the contradictions in it.
#pragma once

#include <memory>
#include <set>

#include "audit/signatures.hpp"
#include "pbft/messages.hpp"

namespace breakwater::audit {

// Collects from stores the statements that can convict somebody of a conflict: the commits of the disputed slots'
// certificates; and from each kept new-view itself, its view-changes with the prepared certificates for those slots and
// their stable checkpoints, and its own proposals for them. It believes none of them: what contradicts itself is to be
// judged by signature (pbft/evidence.hpp). One thread; the group must outlive it.
class Testimony {
 public:
  explicit Testimony(const SignedGroup& group) : group_(group) {}

  // To be told of all disputed slots before the first read().
  void is_disputed(SequenceNumber sequence) { disputed_.insert(sequence); }
  // The error names a damaged value; a kept new-view that does not decode says nothing and is passed over.
  std::expected<void, StoreError> read(const Store& store);

  // New-views read, each once.
  std::uint64_t transcripts() const { return new_views_.size(); }
  // Each contradiction between two statements of one signer, and each new-view or view-change that convicts itself.
  // At most one of a kind, view and slot per signer, in order.
  std::vector<pbft::Evidence> contradictions() const;

 private:
  // Only statements of one place can contradict each other: (view, slot) for votes, the view for a view-change or
  // new-view, the slot for a checkpoint.
  struct Place {
    Signatory signer;
    int group;
    ViewNumber view;
    SequenceNumber sequence;
    auto operator<=>(const Place&) const = default;
  };
  void add(const SignedStatement& statement);
  void add(const Certificate& certificate);
  void add(const pbft::ViewChange& view_change);
  void add(const std::shared_ptr<const pbft::NewView>& new_view);

  const SignedGroup& group_;
  std::set<SequenceNumber> disputed_;
  std::map<Place, std::set<SignedStatement>> said_;
  std::set<SignedStatement> commits_;  // of disputed slots, for those who hid what they had prepared
  std::map<SignedStatement, pbft::ViewChangePtr> view_changes_;
  std::map<SignedStatement, std::shared_ptr<const pbft::NewView>> new_views_;
};

}  // namespace breakwater::audit

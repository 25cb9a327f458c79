// Bugs that tests must catch, each compiled into the place where its rule lives, by the preset `mutants` only.
#pragma once

namespace breakwater {

// Name and what is broken. In the environment a name is spelled with '-' for '_': BW_MUTANT=commit-at-2f.
// The protocol's rules are in docs/protocol.md, how the mutants are run in docs/testing.md.
#define BREAKWATER_MUTANT_LIST(X)                                                    \
  /* quorums */                                                                      \
  X(commit_at_2f, "a slot is decided one commit short of a quorum")                  \
  X(prepared_early, "a slot is prepared one prepare short")                          \
  X(primary_prepare_counted, "the primary's prepare counts beside its pre-prepare")  \
  X(quorum_2f_plus_1, "a quorum is 2f+1 whatever n is")                              \
  X(duplicate_signers, "votes are counted, not voters")                              \
  X(match_ignores_view, "votes of other views count")                                \
  X(match_ignores_digest, "votes for other batches count")                           \
  /* authentication */                                                               \
  X(pre_prepare_unsigned, "a pre-prepare's signature is not checked")                \
  X(view_change_unsigned, "a view-change's signature is not checked")                \
  X(no_domain_tag, "a prepare's signature serves as a commit's")                     \
  X(client_unsigned, "backups do not check client signatures")                       \
  /* view change */                                                                  \
  X(new_view_skips_certificates, "a new-view's view-changes are taken as valid")     \
  X(o_unchecked, "a new-view's O set is taken as it is")                             \
  X(lowest_view_wins, "of two prepared certificates the one of the lower view wins") \
  X(drop_p, "view-changes carry no prepared certificate")                            \
  X(min_s_unproven, "a view-change's low watermark needs no proof")                  \
  X(gaps_not_filled, "a new view leaves gaps instead of null requests")              \
  X(votes_after_asking, "still votes in v after asking for v+1")                     \
  X(no_join, "f+1 view-changes move nobody")                                         \
  X(no_back_off, "the view-change timeout never grows")                              \
  X(timer_reset_by_any, "any execution resets every request's timer")                \
  /* log */                                                                          \
  X(no_high_watermark, "proposals and votes of any sequence number are kept")        \
  X(stable_at_f_plus_1, "f+1 checkpoints make one stable")                           \
  X(out_of_order, "a decided slot does not wait for the one before it")              \
  X(sessions_outside_digest, "checkpoints leave out the client sessions")            \
  /* durability */                                                                   \
  X(send_before_sync, "messages leave before their transaction")                     \
  X(forget_view, "a restart loses the view and P")                                   \
  X(forget_votes, "a restart loses what was proposed and prepared, and signs anew")  \
  /* transfer */                                                                     \
  X(one_donor_trusted, "fetched state is not checked against the certified root")    \
  /* readmission */                                                                  \
  X(any_incarnation, "what any incarnation of a replica signed counts")              \
  X(speaks_at_once, "a readmitted replica speaks before its incarnation counts")     \
  /* clients */                                                                      \
  X(f_replies, "clients believe f replies")                                          \
  X(re_execute, "an equal request number executes again")                            \
  /* booking */                                                                      \
  X(fence_unchecked, "who lost the lease may still write")                           \
  X(token_reset, "a lease that follows another begins at token 1 again")             \
  /* environment */                                                                  \
  X(unordered_apply, "a batch is applied in an order that differs between replicas") \
  X(no_retransmission, "what was dropped is not sent again")                         \
  /* raft */                                                                         \
  X(raft_commits_prior_term, "entries of earlier terms are committed by counting")   \
  X(raft_vote_cleared, "a candidate that steps down within its term votes anew")     \
  X(raft_vote_not_persisted, "a restart loses the vote")

enum class Mutant : unsigned char {
  none,
#define BREAKWATER_X(name, what) name,
  BREAKWATER_MUTANT_LIST(BREAKWATER_X)
#undef BREAKWATER_X
};

#ifdef BREAKWATER_MUTANTS
// What BW_MUTANT names, read when the program starts. A name that is not in the list stops the program with exit code
// 2; "list" prints the list and stops it with 0.
extern const Mutant active_mutant;
inline bool mutant(Mutant m) { return active_mutant == m; }
#else
// A constant, so that nothing of a mutant is left in other builds.
consteval bool mutant(Mutant) { return false; }
#endif

}  // namespace breakwater

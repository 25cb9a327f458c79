// The client library: requests in, outcomes out. Trusts nothing that fewer than a weak quorum of replicas say.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "client/guide.hpp"
#include "client/respondents.hpp"
#include "crypto/receipt.hpp"
#include "crypto/signer.hpp"
#include "net/codec.hpp"
#include "net/transport.hpp"

namespace breakwater {

// What a request came to. `status` is empty when no weak quorum agreed in time: then the outcome is unknown, neither
// success nor failure.
struct Outcome {
  RequestNumber number;
  std::optional<ReplyStatus> status;
  ViewNumber view;  // the view or term that a weak quorum is in or beyond: a hint
  SequenceNumber sequence;
  std::vector<Bytes> results;
  std::vector<ReplicaId> replicas;      // who agreed
  std::chrono::microseconds latency{};  // until f+1 did
  std::optional<Receipt> receipt;       // when one was wanted, and f+1 of those who agreed signed what they said
  std::size_t signed_replies = 0;       // how many of them did; counted only when a receipt was wanted
};

struct ClientIdentity {
  ClientId id;
  Digest cluster;
};

// One client's requests, several outstanding. One thread; transport and signer must outlive it. `now` is passed in.
class Client {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(const Outcome&)>;

  // `guide`: the engine's, for the size of the group.
  Client(ClientIdentity identity, std::unique_ptr<Guide> guide, ClientTransport& transport, Signer& signer);

  // From now on a request that executed is done only when f+1 of the agreeing replies carry a good proof part, or
  // `patience` after the outcome is known, or at its own timeout: meanwhile the replicas are asked again. Both parts
  // must outlive the client.
  void want_receipts(const Roster& roster, const SignatureChecker& checker, Clock::duration patience);

  // Makes this client known to all replicas, so that each can answer it, and asks them for their view. Without it the
  // first request waits for its retransmission.
  void greet();

  // Sends the commands under `number`, which the caller has reserved durably (client/request_numbers.hpp), to the
  // replica that it believes to order requests; to all when it knows none or when that takes long. The same bytes each
  // time. `done` is called once.
  void submit(RequestNumber number, const std::vector<Bytes>& commands, Clock::time_point now, Clock::duration timeout,
              Done done);

  // Hands over what arrived, without waiting.
  void receive(Clock::time_point now);
  // Sends again what waits, and gives up what has waited too long. Cheap; call it every few milliseconds.
  void drive(Clock::time_point now);

  std::size_t outstanding() const { return pending_.size(); }
  ClientTransport& transport() { return transport_; }

 private:
  struct Pending {
    Request request;
    Bytes frame;
    Done done;
    Clock::time_point started, deadline, next_send;
    Clock::duration pause;
    std::map<ReplicaId, Reply> replies;
    std::optional<Outcome> outcome;  // known; only a receipt is still waited for
    Reply agreed;                    // what f+1 said, once `outcome` is known
  };
  struct ReceiptsWanted {
    const Roster& roster;
    const SignatureChecker& checker;
    Clock::duration patience;
  };
  void on_reply(ReplicaId from, Reply reply, Clock::time_point now);
  bool conclude(Pending& pending, const Reply& last, Clock::time_point now);
  void send_to_first_choice(const Bytes& frame);
  void redirect();
  bool is_agreed(Pending& pending, const Reply& last, Clock::time_point now);
  void look_for_receipt(Pending& pending) const;
  void judge_respondents(const Pending& pending);
  void ask_everybody(Pending& pending, Clock::time_point now);
  void tell_respondents();
  ViewNumber believed_view() const;
  void send_to_all(const Bytes& frame);

  ClientIdentity identity_;
  std::unique_ptr<Guide> guide_;
  Quorums quorums_;
  Respondents respondents_;
  Clock::duration usual_latency_{};  // smoothed, of outcomes
  ClientTransport& transport_;
  Signer& signer_;
  std::optional<ReceiptsWanted> receipts_wanted_;
  std::map<RequestNumber, Pending> pending_;
  std::map<ReplicaId, ViewNumber> claimed_views_;
  Clock::time_point next_look_;
};

}  // namespace breakwater

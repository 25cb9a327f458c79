// Certificates: one statement signed by a quorum of distinct signers.
#pragma once

#include <vector>

#include "crypto/signed_message.hpp"
#include "crypto/statement.hpp"

namespace breakwater {

inline constexpr std::size_t kMaxSigners = 64;  // bound on what a decoder accepts; groups are smaller

// `statement.signer` is meaningless (zero): each signer signed the statement with itself put in.
struct Certificate {
  struct Entry {
    ReplicaId signer;
    Incarnation incarnation;
    Signature signature;
    auto operator<=>(const Entry&) const = default;
  };
  Statement statement;
  std::vector<Entry> entries;  // ascending by signer, each once

  SignedStatement signed_by(const Entry& entry) const;
  // Signers ascending and distinct, as many as `at_least`, each below `replicas`.
  bool has_distinct_signers(std::size_t at_least, std::uint32_t replicas) const;
  auto operator<=>(const Certificate&) const = default;
};

// The statement with its signer zeroed, as certificates keep it.
Statement without_signer(Statement statement);
void encode(Writer& out, const Certificate& certificate);
Certificate decode_certificate(Reader& in);
void list_carried(std::vector<Carried>& out, const Certificate& certificate, Carriage carriage);

}  // namespace breakwater

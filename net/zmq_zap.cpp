#include "net/zmq_zap.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <zmq.hpp>

namespace breakwater {

namespace {

constexpr char kEndpoint[] = "inproc://zeromq.zap.01";  // fixed by the RFC
constexpr std::string_view kVersion = "1.0";
constexpr char kUserId[] = "User-Id";
constexpr std::string_view kAdmitted = "200";
// A temporary failure: ZeroMQ closes the connection and its peer tries again, within its back-off. After the final one,
// 400, a peer that was refused by an old roster would stay away from a new one until it is restarted.
constexpr std::string_view kRefused = "300";
constexpr int kRequestsPerServe = 256;  // so that a flood of handshakes leaves time for frames

// The parts of a request, in the RFC's order.
enum RequestPart : std::size_t { version, request_id, domain, address, routing_id, mechanism, key, part_count };

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, Admitted replicas, Admitted clients)
    : socket_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::rep)),
      replicas_(std::move(replicas)),
      clients_(std::move(clients)) {
  socket_->set(zmq::sockopt::linger, 0);
  socket_->bind(kEndpoint);
}

ZapHandler::~ZapHandler() = default;

bool ZapHandler::change_replica(std::uint32_t id, const CurvePublicKey& key) {
  const auto held = replicas_.find(key);
  if (held != replicas_.end() && held->second != id) return false;
  std::erase_if(replicas_, [&](const auto& entry) { return entry.second == id; });
  replicas_.emplace(key, id);
  return true;
}

std::uint64_t ZapHandler::serve() {
  std::uint64_t refused = 0;
  may_have_more_ = true;
  for (int i = 0; i < kRequestsPerServe && may_have_more_; ++i) may_have_more_ = answer_one(refused);
  return refused;
}

bool ZapHandler::answer_one(std::uint64_t& refused) {
  std::array<zmq::message_t, part_count> parts;
  std::size_t count = 0;
  bool more = true;
  while (more && count < part_count) {
    if (!receive(*socket_, parts[count])) return false;
    more = parts[count++].more();
  }
  const bool whole = count == part_count && !more;
  if (more) drop_other_parts(*socket_, parts[part_count - 1]);

  const auto text = [&](std::size_t part) { return as_text(bytes_of(parts[part])); };
  const std::uint32_t* id = nullptr;
  if (whole && text(version) == kVersion && text(mechanism) == "CURVE") {
    id = admitted(text(domain), bytes_of(parts[key]));
  }
  if (id == nullptr) ++refused;
  send_part(*socket_, as_bytes(kVersion), true);
  send_part(*socket_, bytes_of(parts[request_id]), true);
  send_part(*socket_, as_bytes(id == nullptr ? kRefused : kAdmitted), true);
  send_part(*socket_, as_bytes(id == nullptr ? "not in the roster" : "OK"), true);
  send_part(*socket_, as_bytes(id == nullptr ? std::string() : std::to_string(*id)), true);
  send_part(*socket_, {}, false);  // no metadata
  return true;
}

const std::uint32_t* ZapHandler::admitted(std::string_view in_domain, ByteView presented) const {
  const std::optional<CurvePublicKey> curve_key = CurvePublicKey::from(presented);
  if (!curve_key || (in_domain != kReplicaDomain && in_domain != kClientDomain)) return nullptr;
  const Admitted& list = in_domain == kReplicaDomain ? replicas_ : clients_;
  const auto entry = list.find(*curve_key);
  return entry == list.end() ? nullptr : &entry->second;
}

std::optional<std::uint32_t> connection_id(zmq::message_t& part) {
  // The C function, because a missing property is a frame to drop here, not an exception.
  const char* text = zmq_msg_gets(part.handle(), kUserId);
  if (text == nullptr) return std::nullopt;
  std::uint32_t id = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, id);
  if (error != std::errc() || stop != end) return std::nullopt;
  return id;
}

}  // namespace breakwater

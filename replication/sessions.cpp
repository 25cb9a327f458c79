#include "replication/sessions.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kKeyBytes = 5;
constexpr std::size_t kMinEntryBytes = 8 + 32 + 8 + 4;  // without any result

Bytes key_of(ClientId client) {
  Writer out;
  out.u8('s').u32(client.value);
  return out.take();
}

std::optional<ClientId> client_of(ByteView key) {
  if (key.size() != kKeyBytes || !SessionTable::owns(key)) return std::nullopt;
  return ClientId(Reader(key.subspan(1)).u32());
}

void encode_entry(Writer& out, RequestNumber number, const CachedResult& cached) {
  out.u64(number.value).fixed(cached.request).u64(cached.sequence.value);
  out.u32(static_cast<std::uint32_t>(cached.results.size()));
  for (const Bytes& result : cached.results) out.blob(result);
}

std::pair<RequestNumber, CachedResult> decode_entry(Reader& in) {
  const RequestNumber number(in.u64());
  CachedResult cached;
  cached.request = in.fixed<Digest>();
  cached.sequence = SequenceNumber(in.u64());
  const std::uint32_t results = in.count(kMaxCommandsPerRequest, 4);
  for (std::uint32_t i = 0; i < results; ++i) {
    const ByteView result = in.blob(in.remaining());
    cached.results.emplace_back(result.begin(), result.end());
  }
  return {number, std::move(cached)};
}

}  // namespace

std::uint64_t SessionTable::floor_of(const Session& session) {
  const std::uint64_t highest = session.highest.value;
  return highest > kSessionWindow ? highest - kSessionWindow : 0;
}

SessionVerdict SessionTable::judge(ClientId client, RequestNumber number, const Digest& request) const {
  if (const CachedResult* cached = find(client, number)) {
    return cached->request == request ? SessionVerdict::duplicate : SessionVerdict::number_reused;
  }
  const auto session = sessions_.find(client);
  const std::uint64_t floor = session == sessions_.end() ? 0 : floor_of(session->second);
  return number.value <= floor ? SessionVerdict::expired : SessionVerdict::fresh;
}

const CachedResult* SessionTable::find(ClientId client, RequestNumber number) const {
  const auto session = sessions_.find(client);
  if (session == sessions_.end()) return nullptr;
  const auto cached = session->second.cached.find(number);
  return cached == session->second.cached.end() ? nullptr : &cached->second;
}

void SessionTable::remember(ClientId client, RequestNumber number, CachedResult result) {
  BW_ASSERT(judge(client, number, result.request) == SessionVerdict::fresh);
  Session& session = sessions_[client];
  session.highest = std::max(session.highest, number);
  session.cached.emplace(number, std::move(result));
  session.cached.erase(session.cached.begin(), session.cached.upper_bound(RequestNumber(floor_of(session))));
  changed_.insert(client);
}

std::vector<Bytes> SessionTable::take_changed() {
  std::vector<Bytes> keys;
  for (const ClientId client : changed_) keys.push_back(key_of(client));
  changed_.clear();
  std::sort(keys.begin(), keys.end());  // as bytes: little-endian keys are not in numeric order
  return keys;
}

std::optional<Bytes> SessionTable::leaf(ByteView key) const {
  const std::optional<ClientId> client = client_of(key);
  const auto session = client ? sessions_.find(*client) : sessions_.end();
  if (session == sessions_.end()) return std::nullopt;
  Writer out;
  out.u64(session->second.highest.value).u32(static_cast<std::uint32_t>(session->second.cached.size()));
  for (const auto& [number, cached] : session->second.cached) encode_entry(out, number, cached);
  return out.take();
}

bool SessionTable::load_leaf(ByteView key, ByteView value) {
  const std::optional<ClientId> client = client_of(key);
  if (!client || sessions_.contains(*client)) return false;
  Reader in(value);
  Session session;
  session.highest = RequestNumber(in.u64());
  const std::uint32_t count = in.count(kSessionWindow, kMinEntryBytes);
  std::uint64_t previous = floor_of(session);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    auto [number, cached] = decode_entry(in);
    if (number.value <= previous) return false;  // spent, repeated, or out of order
    previous = number.value;
    session.cached.emplace(number, std::move(cached));
  }
  // The highest number is always cached: it is within its own window.
  if (!in.finished() || session.cached.empty() || previous != session.highest.value) return false;
  sessions_.emplace(*client, std::move(session));
  return true;
}

}  // namespace breakwater

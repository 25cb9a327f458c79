#include "replication/sessions.hpp"

#include <algorithm>

#include "replication/assert.hpp"
#include "replication/mutant.hpp"

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
  const std::uint32_t count = in.count(kMaxCommandsPerRequest, 4);
  std::vector<Bytes> results;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView result = in.blob(in.remaining());
    results.emplace_back(result.begin(), result.end());
  }
  cached.results = std::move(results);
  return {number, std::move(cached)};
}

std::size_t bytes_of(const CachedResult& cached) {
  std::size_t bytes = 0;
  for (const Bytes& result : cached.results) bytes += result.size();
  return bytes;
}

}  // namespace

// The window's end follows the highest number, and the bytes kept are bounded.
void SessionTable::raise_floor(Session& session) {
  const std::uint64_t highest = session.cached.rbegin()->first.value;
  if (highest > kSessionWindow) session.floor = std::max(session.floor, RequestNumber(highest - kSessionWindow));
  while (session.cached.size() > 1 &&
         (session.cached.begin()->first <= session.floor || session.cached_bytes > kMaxCachedBytesPerClient)) {
    session.floor = std::max(session.floor, session.cached.begin()->first);
    session.cached_bytes -= bytes_of(session.cached.begin()->second);
    session.cached.erase(session.cached.begin());
  }
}

SessionVerdict SessionTable::judge(ClientId client, RequestNumber number, const Digest& request) const {
  const CachedResult* cached = mutant(Mutant::re_execute) ? nullptr : find(client, number);
  if (cached != nullptr) {
    return cached->request == request ? SessionVerdict::duplicate : SessionVerdict::number_reused;
  }
  return number <= floor(client) ? SessionVerdict::expired : SessionVerdict::fresh;
}

RequestNumber SessionTable::floor(ClientId client) const {
  const auto session = sessions_.find(client);
  return session == sessions_.end() ? RequestNumber(0) : session->second.floor;
}

const CachedResult* SessionTable::find(ClientId client, RequestNumber number) const {
  const auto session = sessions_.find(client);
  if (session == sessions_.end()) return nullptr;
  const auto& known = session->second.cached;
  if (number > known.rbegin()->first) return nullptr;  // as most are that are asked for
  const auto cached = known.find(number);
  return cached == known.end() ? nullptr : &cached->second;
}

void SessionTable::remember(ClientId client, RequestNumber number, CachedResult result) {
  BW_ASSERT(judge(client, number, result.request) == SessionVerdict::fresh);
  Session& session = sessions_[client];
  session.cached_bytes += bytes_of(result);
  session.cached.emplace_hint(session.cached.end(), number, std::move(result));
  raise_floor(session);
  changed_.insert(client);
}

std::vector<Bytes> SessionTable::take_changed() {
  std::vector<Bytes> keys;
  keys.reserve(changed_.size());
  for (const ClientId client : changed_) keys.push_back(key_of(client));
  changed_.clear();
  std::sort(keys.begin(), keys.end());  // as bytes: little-endian keys are not in numeric order
  return keys;
}

std::optional<Bytes> SessionTable::leaf(ByteView key) const {
  const std::optional<ClientId> client = client_of(key);
  const auto session = client ? sessions_.find(*client) : sessions_.end();
  if (session == sessions_.end()) return std::nullopt;
  std::size_t bytes = 8 + 4 + session->second.cached_bytes;
  for (const auto& [number, cached] : session->second.cached) bytes += kMinEntryBytes + 4 * cached.results.size();
  Writer out;
  out.reserve(bytes);
  out.u64(session->second.floor.value).u32(static_cast<std::uint32_t>(session->second.cached.size()));
  for (const auto& [number, cached] : session->second.cached) encode_entry(out, number, cached);
  return out.take();
}

bool SessionTable::load_leaf(ByteView key, ByteView value) {
  const std::optional<ClientId> client = client_of(key);
  if (!client || sessions_.contains(*client)) return false;
  Reader in(value);
  Session session;
  session.floor = RequestNumber(in.u64());
  const std::uint32_t count = in.count(kSessionWindow, kMinEntryBytes);
  std::uint64_t previous = session.floor.value;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    auto [number, cached] = decode_entry(in);
    if (number.value <= previous) return false;  // spent, repeated, or out of order
    previous = number.value;
    session.cached_bytes += bytes_of(cached);
    session.cached.emplace(number, std::move(cached));
  }
  if (!in.finished() || session.cached.empty()) return false;
  // Exactly what remember() leaves: nothing that it would have dropped, and the window's end where it belongs.
  const RequestNumber floor = session.floor;
  const std::size_t kept = session.cached.size();
  raise_floor(session);
  if (session.floor != floor || session.cached.size() != kept) return false;
  sessions_.emplace(*client, std::move(session));
  return true;
}

}  // namespace breakwater

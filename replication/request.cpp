#include "replication/request.hpp"

namespace breakwater {

Bytes encode_commands(const std::vector<Bytes>& commands) {
  Writer out;
  out.u32(static_cast<std::uint32_t>(commands.size()));
  for (const Bytes& command : commands) out.blob(command);
  return out.take();
}

std::optional<std::vector<ByteView>> decode_commands(ByteView body) {
  if (body.size() > kMaxRequestBodyBytes) return std::nullopt;
  Reader in(body);
  const std::uint32_t count = in.count(kMaxCommandsPerRequest, 4);
  std::vector<ByteView> commands;
  commands.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) commands.push_back(in.blob(kMaxCommandBytes));
  if (!in.finished() || commands.empty()) return std::nullopt;
  return commands;
}

}  // namespace breakwater

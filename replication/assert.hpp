// Assertions for our own bugs: on in release builds, and they stop the replica.
#pragma once

namespace breakwater {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

// Never on bytes that a peer or client sent: that would be a remote crash.
#define BW_ASSERT(expression) \
  (static_cast<bool>(expression) ? void(0) : ::breakwater::assertion_failed(#expression, __FILE__, __LINE__))

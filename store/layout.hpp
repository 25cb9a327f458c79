// How stored values are sealed, and how keys are laid out. Apart from LMDB, so that the simulator damages the same
// bytes.
#pragma once

#include <optional>

#include "replication/engine.hpp"

namespace breakwater {

inline constexpr std::uint32_t kStoreFormat = 4;
std::string_view name_of(Table table);
std::optional<Table> table_of(std::string_view name);

// A sealed value is a 16-byte checksum over (table, key, value), then the value: bytes moved to another key or
// table are as damaged as flipped ones.
Bytes seal_value(Table table, ByteView key, ByteView value);
// The record as it is stored.
Record sealed(const Record& record);
// Nothing when damaged. The view points into `sealed`.
std::optional<ByteView> unseal_value(Table table, ByteView key, ByteView sealed);

// Big-endian, so that byte order is numeric order.
Bytes sequence_key(SequenceNumber sequence);
std::optional<SequenceNumber> sequence_of_key(ByteView key);

}  // namespace breakwater

/// By what a node knows its disk again. A disk that was wiped has another id than the one with which the node had joined.
#pragma once

#include <cstdint>

#include "kommander/result.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// The name in the log's metadata of its disk's id: 16 digits to base 16.
inline constexpr const char* disk_id_key = "disk_id";

/// The id of a log's disk, never zero. A log that has none gets one at random, which is stored before this returns.
result<std::uint64_t> bind_disk(wal& log);

} // namespace kommander

/// Whether a partition may start with what its log holds.
#pragma once

#include <cstddef>

#include "kommander/result.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// An error that says what is wrong: the library's own state cannot be read, what lies before the log's beginning is gone,
/// or something is damaged and there is no other replica to fetch it from.
result<done> check_recovered(partition_id partition, const recovered_partition& found, std::size_t replicas);

} // namespace kommander

/// Faults of the in-memory log, for tests. Free of CAF.
#pragma once

#include <cstdint>
#include <string>

#include "kommander/wal.hpp"

namespace kommander {

/// Lets the next `successes` writes succeed and fails every one after them with `reason`, until `heal`. A write that
/// fails leaves nothing behind. May be called from any thread.
void fail_writes(memory_wal_store& store, std::uint64_t successes, const std::string& reason);

/// The same for reads.
void fail_reads(memory_wal_store& store, std::uint64_t successes, const std::string& reason);

/// Undoes both.
void heal(memory_wal_store& store);

} // namespace kommander

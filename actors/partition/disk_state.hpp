/// What a core is told of its own disk, and what it keeps of it; raft_core_disk.cpp tells what follows. Pure.
#pragma once

#include <cstddef>

#include "kommander/types.hpp"

namespace kommander {

/// The disk has stalled, or keeps up again; see disk_watch.hpp.
struct disk_input {
  bool stalled = false;
};

/// Whether all partitions of this node together have as much under way to the disk as they may.
struct write_pressure_input {
  bool full = false;
};

/// What is appended and not known to be durable.
struct write_backlog {
  std::size_t entries = 0;
  std::size_t bytes = 0;
};

struct disk_state {
  bool stalled = false;
  bool node_full = false;
  bool refused = false;    ///< Entries were refused, and there is no room for many more yet.
  instant leader_heard{0}; ///< When a leader was heard last, or the disk stalled: how long nobody else leads.
};

} // namespace kommander

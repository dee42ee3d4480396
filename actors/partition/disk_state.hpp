/// What a core is told of its own disk, and what it keeps of it; raft_core_disk.cpp tells what follows. Pure.
#pragma once

#include "kommander/types.hpp"

namespace kommander {

/// The disk has stalled, or keeps up again; see disk_watch.hpp.
struct disk_input {
  bool stalled = false;
};

struct disk_state {
  bool stalled = false;
  instant leader_heard{0}; ///< When a leader was heard last, or the disk stalled: how long nobody else leads.
};

} // namespace kommander

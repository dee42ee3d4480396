/// The faults that the simulator knows, and how often each one struck: a run whose dose is zero has proven nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kommander::sim {

/// A class of faults (or of disturbing requests). Each seed draws which are on.
enum class fault : std::uint8_t {
  loss,           ///< A message disappears.
  duplicate,      ///< A message arrives twice.
  delay,          ///< Messages take long, each its own time, so that they overtake each other.
  clog,           ///< One direction of a link holds everything back for a while.
  stale,          ///< A message from long ago, perhaps of an earlier life of its sender, arrives again.
  partition,      ///< Groups of nodes are cut off from each other.
  one_way,        ///< Single directions of links are cut.
  crash,          ///< A node dies between two turns.
  boundary_crash, ///< A node dies between two effects of one output.
  recovery_crash, ///< A node dies while it recovers.
  pause,          ///< A node stands still and then goes on (SIGSTOP).
  slow_node,      ///< A node gets a turn only now and then.
  slow_disk,      ///< Writes, reads and applies take long.
  stalled_disk,   ///< A disk does nothing for a while.
  write_failure,  ///< A write fails; all or nothing of it is on disk.
  read_failure,   ///< A read of the log fails.
  drift,          ///< Clocks run fast or slow.
  clock_jump,     ///< A clock leaps forward.
  clock_freeze,   ///< A clock stands still.
  transfer,       ///< Clients ask for transfers of leadership.
  step_down,      ///< Clients ask leaders to step down.
  burst,          ///< Clients send more than the queues take.
  membership,     ///< Clients change the members of groups: learners, voters, leaders, all at once.
  torn_write,     ///< Of what one sync carries, a crash leaves a part.
  disk_full,      ///< Every write fails for a while.
  bit_flip,       ///< A record on disk changes.
  lost_sync,      ///< The power fails, and what one disk has reported as synced is gone.
  wiped_disk,     ///< The power fails, and one disk comes back empty.
  fenced_disk,    ///< One disk comes back empty while all other nodes go on.
  compact,        ///< Logs are compacted all the time, so that whoever falls behind needs a snapshot.
  no_export,      ///< A state machine has nothing to export, or does not take what it is to import.
  flipped_chunk,  ///< A bit of a snapshot changes on the way.
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(fault::flipped_chunk) + 1;

/// The name as in the enumeration.
std::string_view to_string(fault x) noexcept;

/// Counts of one run, or of many together.
struct dose {
  std::array<std::uint64_t, fault_count> faults{}; ///< How often each class struck.
  std::uint64_t runs = 0;
  std::uint64_t ticks = 0;            ///< Of the safety phases.
  std::uint64_t healing_ticks = 0;    ///< Of the phases in which the faults have stopped.
  std::uint64_t messages = 0;         ///< Delivered.
  std::uint64_t writes = 0;           ///< Made durable.
  std::uint64_t lost_writes = 0;      ///< Unsynced when their node died, and gone.
  std::uint64_t damage_found = 0;     ///< Times that a checksum kept a damaged record from being used.
  std::uint64_t reads = 0;            ///< Of the log, answered with entries.
  std::uint64_t restarts = 0;         ///< Recoveries of one replica.
  std::uint64_t elections = 0;        ///< Leaders seen.
  std::uint64_t proposals = 0;        ///< Handed to a core.
  std::uint64_t acknowledged = 0;     ///< Answered with success.
  std::uint64_t refused = 0;          ///< Answered with "certainly not appended".
  std::uint64_t unknown = 0;          ///< Answered with "unknown".
  std::uint64_t committed = 0;        ///< Entries.
  std::uint64_t operations = 0;       ///< Register operations in checked histories.
  std::uint64_t changes = 0;          ///< Configurations that a leader made …
  std::uint64_t joint_changes = 0;    ///< … of which joint.
  std::uint64_t removed_leaders = 0;  ///< Configurations without the leader that made them.
  std::uint64_t leader_reads = 0;     ///< Reads of leaders that were answered with success.
  std::uint64_t follower_reads = 0;   ///< The same of any replica.
  std::uint64_t unread = 0;           ///< Reads that were not.
  std::uint64_t sleeps = 0;           ///< Leaders that fell asleep: all of their group slept.
  std::uint64_t wakes = 0;            ///< Leaders that woke, and led on.
  std::uint64_t newcomers = 0;        ///< Fences that ended because the disk had always been new.
  std::uint64_t lost_groups = 0;      ///< Groups that nobody could lead in the end, for want of voters.
  std::uint64_t suspicions = 0;       ///< That woke a core.
  std::uint64_t false_suspicions = 0; ///< Of nodes that were well.
  std::uint64_t compactions = 0;      ///< Of logs.
  std::uint64_t chunks = 0;           ///< Of snapshots, that were stored.
  std::uint64_t imports = 0;          ///< Of whole snapshots.
  std::uint64_t installs = 0;         ///< Boundaries that were written after an import …
  std::uint64_t kept_tails = 0;       ///< … before entries that stayed.
  std::uint64_t refusals = 0;         ///< Appends that saturated followers refused.
  std::uint64_t stalls = 0;           ///< Disks that owners found stalled.
  std::uint64_t ahead = 0;            ///< Starts with a state machine that was ahead of its log.

  // Elastic clusters; operations by their kind: create, remove, split, merge.
  std::uint64_t elastic_runs = 0;
  std::uint64_t map_versions = 0;
  std::array<std::uint64_t, 4> operations_begun{}, operations_done{}, operations_cancelled{}, operations_failed{};
  std::uint64_t roll_backs = 0;
  std::uint64_t steps = 0;            ///< Of operations, in the logs of partitions.
  std::uint64_t calls = 0;            ///< Between nodes.
  std::uint64_t changes_taken = 0;    ///< Changes of the map that were answered with success …
  std::uint64_t changes_refused = 0;  ///< … or otherwise.
  std::uint64_t drops = 0;            ///< Logs of removed partitions that were dropped.
  std::uint64_t key_acknowledged = 0; ///< Operations on keys that succeeded …
  std::uint64_t key_moved = 0;        ///< … attempts that came where the key was not …
  std::uint64_t key_given_up = 0;     ///< … and operations whose client gave up.

  // Rosters.
  std::uint64_t roster_runs = 0;
  std::uint64_t joins = 0;       ///< Nodes that became members …
  std::uint64_t returns = 0;     ///< … among them those that had been members before …
  std::uint64_t promotions = 0;  ///< … and those that became voters.
  std::uint64_t leaves = 0;      ///< Members that were to leave by somebody's wish …
  std::uint64_t evictions = 0;   ///< … or because they were dead …
  std::uint64_t removals = 0;    ///< … and those that have left.
  std::uint64_t moves_begun = 0; ///< Of replicas.
  std::uint64_t moves_done = 0;
  std::uint64_t replicas_gone = 0;      ///< Logs that were dropped because their partition is elsewhere …
  std::uint64_t replicas_back = 0;      ///< … and replicas that came back after that.
  std::uint64_t answers_in_absence = 0; ///< To fenced replicas, by nodes that have let their partition go.
  std::uint64_t stale_goals = 0;        ///< For groups, that were refused.
  std::uint64_t deaths = 0;             ///< That a failure detector told of.

  void hit(fault x) noexcept {
    ++faults[static_cast<std::size_t>(x)];
  }

  void add(const dose& other) noexcept;
};

/// One line a count, for people.
std::string to_text(const dose& x);

} // namespace kommander::sim

/// The simulated disk of one node: what a write-ahead log gives its partitions, and no more.
///
/// Each write is atomic, and writes of one partition become durable in order. While one sync runs, what comes gathers,
/// and the next sync takes it (up to a limit). When the node dies, any number of the writes of the running sync may be
/// on disk already, although nobody was told; what waited for the next sync is gone.
#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "kommander/wal.hpp"
#include "tests/sim/dose.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/random.hpp"

namespace kommander::sim {

/// One write of one partition.
struct disk_write {
  write_sequence sequence;
  partition_write content;
  std::vector<entry> prefix = {}; ///< If a snapshot replaces the log: what stands for the entries that it includes.
};

/// What is durable of one partition.
struct disk_image {
  hard_state state;
  log_index boundary;     ///< Up to here the log is compacted: no core gets to see these entries any more.
  std::vector<entry> log; ///< From index 1, without holes. What is compacted stays, so that it can be counted.
  log_index commit;       ///< The hint.
  std::optional<kept_state> kept = {};
  std::uint64_t writes = 0; ///< How many have made it.

  [[nodiscard]] log_index last() const noexcept {
    return log_index{log.size()};
  }

  /// The term at `index`; zero if there is no entry.
  [[nodiscard]] raft_term term_at(log_index index) const noexcept {
    return index && index <= last() ? log[index.value() - 1].term : raft_term{};
  }

  /// True if `x` fits what is here: entries that follow each other and what is left after the cut.
  [[nodiscard]] bool accepts(const partition_write& x) const noexcept;

  /// Violation if `write` does not fit.
  void apply(const disk_write& write);
};

class sim_disk {
public:
  /// Called for each write that has become durable, in order.
  using durable_handler = std::function<void(const disk_write&)>;
  /// Called once for each partition that had a write in a sync that failed.
  using failed_handler = std::function<void(partition_id)>;

  sim_disk(const plan& plan, node_id self, dose& counts);

  // -- writing ------------------------------------------------------------------------------------------------------

  void submit(disk_write write, std::uint64_t tick);

  /// Ends the syncs that are due at `tick` and begins the next ones.
  void advance(std::uint64_t tick, const durable_handler& on_durable, const failed_handler& on_failed);

  /// The node has died.
  void crash();

  /// Entries of `partition` are compacted, at once.
  void compact(partition_id partition, log_position boundary);

  /// Replaces what is kept beside the log of `partition`, at once.
  void keep(partition_id partition, kept_state x) {
    images_[partition.value()].kept = std::move(x);
  }

  /// The owner of `partition` has stopped: what still waits of it is dropped.
  void forget(partition_id partition);

  /// True while a write of `partition` is on its way to the disk.
  [[nodiscard]] bool is_writing(partition_id partition) const;

  /// All of `partition` is gone. Nothing of it may be on its way.
  void drop(partition_id partition) {
    replace(partition, {});
  }

  /// Nothing is done before `until`.
  void stall(std::uint64_t until);

  /// Every sync that begins before `until` fails, and leaves nothing.
  void fill(std::uint64_t until);

  // -- losing what is durable -----------------------------------------------------------------------------------------

  /// How many of a partition's writes can be taken back at most.
  static constexpr std::size_t undo_max = 16;

  /// What would be left of `partition` without its last `writes` writes. Needs a plan with `fault::lost_sync`.
  [[nodiscard]] disk_image rolled_back(partition_id partition, std::size_t writes) const;

  /// The partition holds `left` from now on.
  void replace(partition_id partition, disk_image left);

  /// Changes a bit of an entry that `random` picks. False if there is none.
  bool flip_bit(random_source& random);

  /// From now on every operation succeeds, and soon.
  void repair();

  // -- reading ------------------------------------------------------------------------------------------------------

  /// What a node that starts finds of `partition`.
  [[nodiscard]] recovered_partition recover(partition_id partition) const;

  /// As `wal::read`; empty if the read fails.
  std::vector<entry> read(partition_id partition, log_index first, log_index last, std::size_t bytes_max);

  /// When an operation that begins now ends.
  std::uint64_t due(std::uint64_t tick, std::uint64_t latency_max);

  [[nodiscard]] const disk_image& image(partition_id partition) const noexcept {
    return images_[partition.value()];
  }

  // -- what no disk may do: seeded bugs only ---------------------------------------------------------------------------

  /// Forgets the last entries of every partition.
  void roll_back(std::uint64_t entries);

  /// Forgets the vote of every partition.
  void forget_votes();

private:
  [[nodiscard]] partition_id any_with_entries(random_source& random) const;

  /// A writer: one sync at a time.
  struct lane {
    std::deque<disk_write> waiting;
    std::vector<disk_write> running;
    std::uint64_t due = 0;
    bool fails = false;
    bool full = false; ///< It fails because there is no room.
  };

  /// What a write has changed, to take it back.
  struct undo_record {
    hard_state state;
    log_index commit;
    std::size_t kept = 0; ///< Entries that were there before and after.
    std::vector<entry> cut;
  };

  void make_durable(const disk_write& write);
  [[nodiscard]] undo_record undo_of(const partition_write& x) const;
  void begin_sync(lane& x, std::uint64_t tick);
  void end_sync(lane& x, const durable_handler& on_durable, const failed_handler& on_failed);

  const plan& plan_;
  dose& dose_;
  random_source random_;
  bool repaired_ = false;
  std::uint64_t stalled_until_ = 0;
  std::uint64_t full_until_ = 0;
  std::vector<lane> lanes_;
  std::vector<disk_image> images_; ///< By partition, from 1.
  std::vector<std::deque<undo_record>> undo_;
  std::vector<std::set<log_index>> damaged_; ///< Entries whose checksums do not fit them any more.
};

} // namespace kommander::sim

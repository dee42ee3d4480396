/// Which partitions run on this node: all that the partition map names, does not call removed and does not place elsewhere.
/// Pure: says what is to be done, and is told what has been done.
///
/// The order of steps, so that a crash between any two does no harm:
///  - A partition that appears is recorded first; then its log is read, and then it takes part. A restart finds it
///    recorded, and takes it up.
///  - A partition that was removed stops, and is recorded as ending; then its log is dropped, and then it leaves the record.
///    Without that record a restart would take up a partition that has forgotten what it had promised.
///  - One that is on other nodes from now on ends in the same way, but stays in the record with what this node had promised
///    there (term and vote) and what it knew of the group's voters, which is read and stored before the log is dropped: when it
///    comes back, that still holds, and meanwhile a replica whose disk has lost something is answered from it.
///  - A partition that was created on this node alone can begin anew nowhere else. So it begins only if it is younger
///    than this disk, or on the disk by which the roster knows this node, and waits until it knows one; on another disk it is
///    fenced, and says so, for its log is lost.
///  - An old map is no news: with it, a partition that has left the record would begin anew.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/raft/values/hosted_record.hpp"
#include "kommander/raft_message.hpp"

namespace kommander {

class hosting_core {
public:
  /// What is to be done, in this order.
  struct orders {
    std::optional<hosted_record> record; ///< To be stored; `recorded` is called before there is another one.
    std::vector<partition_id> stop;      ///< These run, and are to run no more; `ended` is called.
    std::vector<partition_id> recover;   ///< Their logs are to be read; `started` or `ended` is called.
    std::vector<partition_id> weigh;     ///< The same of those that go; `weighed` or `ended` is called.
    std::vector<partition_id> drop;      ///< Their logs are to be forgotten; `dropped` is called.
    std::vector<partition_id> given_up;  ///< They cannot start, because nothing can be recorded.
  };

  /// As a log was opened: the caller has started all recorded partitions but those that end.
  explicit hosting_core(hosted_record stored = {}, node_id self = {}, std::uint64_t disk = 0);

  /// Takes a map over; false if it is no news.
  bool follow(std::shared_ptr<const partition_map> map);

  /// Partition 0's log is known to lack nothing here, and the present map is what it says: a partition that is created
  /// later is new to this disk.
  void trust();

  /// It may lack something: the disk, or this copy of it, may have held partitions that nobody here knows of.
  void doubt();

  /// Nothing was ever on a disk of this node that is not on this one: what is known now is new to it, and so is what comes later
  /// and has not been here. Counts once in the life of a disk: after a doubt it is nothing to go by.
  void never_here();

  /// The record that was given out last is stored, or never will be.
  void recorded(bool success);

  void started(partition_id id);

  /// What this node has promised in a partition that goes, and the voters that its log names, ascending.
  void weighed(partition_id id, const hard_state& promised, const std::vector<node_id>& voters = {});

  /// The partition does not run, or not any more. If it was removed, its log may go.
  void ended(partition_id id);

  void dropped(partition_id id);

  orders take_orders();

  /// Null: not known yet.
  [[nodiscard]] const std::shared_ptr<const partition_map>& map() const noexcept {
    return map_;
  }

  /// What is recorded, or about to be; null if this node does not host it.
  [[nodiscard]] const hosted_partition* find(partition_id id) const noexcept;

  /// True if it is to run here.
  [[nodiscard]] bool wants(partition_id id) const noexcept;

  /// What this node answers to the question of a fenced replica (raft_core_fence.cpp) when the map has the partition elsewhere and
  /// nothing of it is here; nothing if a replica here answers, or may come to do so. Like one that is fenced itself, it cannot
  /// say that the group is new.
  [[nodiscard]] std::optional<raft_message> answer_in_absence(const raft_message& question) const;

private:
  enum class stage : std::uint8_t { recording, recovering, running, ended, weighing, dropping };

  struct slot {
    stage at = stage::recording;
    std::uint64_t change = 0; ///< The last change of its record.
    bool is_weighed = false;  ///< What was promised is in that.
  };

  [[nodiscard]] bool is_wanted(const partition_info& x) const noexcept;
  [[nodiscard]] bool is_sole(const partition_info& x) const;
  void follow(const partition_info& x);
  void add(const partition_info& x);
  void remove(const partition_info& x);
  void note(slot& x);
  void drop_if_due(partition_id id, slot& x);

  node_id self_;
  std::uint64_t disk_; ///< By which the roster may know this node.
  std::shared_ptr<const partition_map> map_;
  hosted_record record_;
  std::map<partition_id, slot> slots_; ///< One for each partition of the record that is not away.
  orders orders_;
  std::uint64_t changes_ = 0; ///< Of the record, numbered;
  std::uint64_t given_ = 0;   ///< those that were given out;
  std::uint64_t durable_ = 0; ///< those that are stored.
  bool records_ = false;      ///< A record is being stored.
  bool broken_ = false;       ///< Nothing can be stored any more.
};

} // namespace kommander

#include "actors/wal_scheduler/wal_writer_actor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "actors/raft/log.hpp"
#include "actors/wal_scheduler/slow_operation_log.hpp"

namespace kommander {

namespace {

/// One partition's answer for a group: success is told by its last write in the group, failure by its first.
struct group_answer {
  write_sequence first;
  write_sequence last;
  wal_write_client client;
};

class wal_writer_impl final : public wal_writer::base {
public:
  wal_writer_impl(caf::actor_config& config, std::shared_ptr<wal> log, wal_writer_options options)
    : wal_writer::base{config},
      log_{std::move(log)},
      options_{std::move(options)},
      slow_{"wal", "a write to the log", options_.slow_write_log} {
    // nop
  }

  const char* name() const override {
    return "kommander.wal_writer";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    return {
      [this](wal_write& x) { gather(std::move(x)); },
      [this](wal_compact& x) { compact(x); },
      [this](const wal_drop& x) { drop(x); },
      [this](const wal_set_metadata& x) { set_metadata(x); },
      [this](wal_flush) { flush(); },
    };
  }

  void on_exit() override {
    waiting_.clear();
    log_.reset(); // the last writer or reader that ends closes the log
  }

private:
  /// What has arrived while the last group was written waits in the mailbox: all of it goes into the next group.
  void gather(wal_write&& x) {
    if (auto broken = failures_.find(x.work.partition); broken != failures_.end()) {
      send(x.client, wal_written{x.work.partition, x.sequence, broken->second});
    } else {
      waiting_.push_back(std::move(x));
    }
    if (waiting_.size() < options_.group_partitions_max && options_.linger > std::chrono::milliseconds{0})
      return linger();
    if (!flush_sent_ && cafx::mailbox_is_empty(this)) // partitions wait for their writes, so it empties
      flush();
  }

  /// Others may join until the signal comes.
  void linger() {
    if (!std::exchange(lingers_, true))
      delayed_send(this, options_.linger, wal_flush{});
  }

  void compact(wal_compact& x) {
    while (!waiting_.empty())
      flush();
    auto broken = failures_.find(x.partition);
    auto failure = broken != failures_.end() ? broken->second : try_compact(x);
    if (!failure.empty())
      component_logger("wal")->error("partition {}: its log could not be compacted: {}", x.partition.value(), failure);
    send(x.client, wal_compacted{x.partition, std::move(failure)});
  }

  /// Nothing may go before what replaces it is there.
  std::string try_compact(wal_compact& x) {
    if (x.kept) {
      partition_write keeping;
      keeping.partition = x.partition;
      keeping.kept = std::move(x.kept);
      keeping.commit = x.commit;
      auto written = slow_.time([&] { return log_->write({&keeping, 1}); });
      if (!written.ok())
        return written.error().message;
    }
    if (!x.boundary.index)
      return {};
    auto compacted = slow_.time([&] { return log_->compact(x.partition, x.boundary); });
    return compacted.ok() ? std::string{} : compacted.error().message;
  }

  void drop(const wal_drop& x) {
    while (!waiting_.empty())
      flush();
    auto dropped = slow_.time([&] { return log_->drop(x.partition); });
    if (!dropped.ok())
      component_logger("wal")->error("partition {}: its log could not be dropped: {}", x.partition.value(),
                                     dropped.error().message);
    send(x.client, wal_dropped{x.partition, dropped.ok() ? std::string{} : dropped.error().message});
  }

  /// A write that saw this in the mailbox behind it has left it to the next one to flush.
  void set_metadata(const wal_set_metadata& x) {
    while (!waiting_.empty())
      flush();
    auto written = slow_.time([&] { return log_->set_metadata(x.key, x.value); });
    if (!written.ok())
      component_logger("wal")->error("{} could not be stored: {}", x.key, written.error().message);
    send(x.client, wal_metadata_set{x.key, written.ok() ? std::string{} : written.error().message});
  }

  void flush() {
    flush_sent_ = false;
    lingers_ = false;
    if (waiting_.empty())
      return;
    std::vector<partition_write> group;
    std::map<partition_id, group_answer> answers;
    take_group(group, answers);
    if (!group.empty())
      write(group, answers);
    if (!waiting_.empty()) {
      flush_sent_ = true;
      send(this, wal_flush{});
    }
  }

  /// Moves writes from the queue, in order, until the group is full. Writes of one partition keep their order.
  void take_group(std::vector<partition_write>& group, std::map<partition_id, group_answer>& answers) {
    std::size_t sum = 0;
    while (!waiting_.empty()) {
      auto& next = waiting_.front();
      auto partition = next.work.partition;
      auto is_new = !answers.contains(partition);
      if (is_new && answers.size() >= std::max<std::size_t>(options_.group_partitions_max, 1))
        return;
      for (const auto& x : next.work.entries)
        sum += x.weight();
      if (sum > options_.group_bytes_max && !group.empty())
        return;
      auto& answer = answers.try_emplace(partition, group_answer{next.sequence, {}, {}}).first->second;
      answer.last = next.sequence;
      answer.client = std::move(next.client);
      group.push_back(std::move(next.work));
      waiting_.pop_front();
    }
  }

  void write(const std::vector<partition_write>& group, const std::map<partition_id, group_answer>& answers) {
    auto written = try_write(group);
    if (written.ok()) {
      for (const auto& [partition, to] : answers)
        send(to.client, wal_written{partition, to.last, {}});
      return;
    }
    // Only a log that refused its input before it wrote anything leaves the others of the group a second try.
    auto code = written.error().code;
    auto was_refused = code == status::invalid_argument || code == status::payload_too_large;
    for (const auto& [partition, to] : answers) {
      if (was_refused && answers.size() > 1)
        retry_alone(group, partition, to);
      else
        give_up(partition, to, written.error().message);
    }
  }

  void retry_alone(const std::vector<partition_write>& group, partition_id partition, const group_answer& to) {
    std::vector<partition_write> own;
    auto is_own = [partition](const partition_write& x) { return x.partition == partition; };
    std::copy_if(group.begin(), group.end(), std::back_inserter(own), is_own);
    auto written = try_write(own);
    if (!written.ok())
      return give_up(partition, to, written.error().message);
    send(to.client, wal_written{partition, to.last, {}});
  }

  /// What failed may or may not be on disk, so nothing of this partition may be written after it.
  void give_up(partition_id partition, const group_answer& to, const std::string& why) {
    failures_.emplace(partition, why);
    component_logger("wal")->error("partition {}: {}", partition.value(), why);
    send(to.client, wal_written{partition, to.first, why});
    std::erase_if(waiting_, [partition](const wal_write& x) { return x.work.partition == partition; });
  }

  kommander::result<kommander::done> try_write(const std::vector<partition_write>& group) {
    auto written = slow_.time([&] { return log_->write(group); });
    if (options_.counters) {
      auto& x = *options_.counters;
      (written.ok() ? x.group_writes : x.failed_groups).fetch_add(1, std::memory_order_relaxed);
      if (written.ok())
        x.writes.fetch_add(group.size(), std::memory_order_relaxed);
    }
    return written;
  }

  std::shared_ptr<wal> log_;
  wal_writer_options options_;
  slow_operation_log slow_;
  std::deque<wal_write> waiting_;
  std::map<partition_id, std::string> failures_; ///< Partitions that must not be written any more, and why.
  bool flush_sent_ = false;
  bool lingers_ = false; ///< The signal comes when the others have had their time.
};

} // namespace

wal_writer spawn_wal_writer(caf::actor_system& system, std::shared_ptr<wal> log, wal_writer_options options) {
  if (options.detached)
    return system.spawn<wal_writer_impl, caf::detached>(std::move(log), std::move(options));
  return system.spawn<wal_writer_impl>(std::move(log), std::move(options));
}

} // namespace kommander

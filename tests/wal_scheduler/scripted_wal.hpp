/// A log in memory that remembers what it was asked to write and fails when it is told to; and actors that note answers.
#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kommander/wal.hpp"

namespace wal_scheduler_test {

using namespace kommander;

using group = std::vector<partition_write>;

class scripted_wal final : public wal {
public:
  scripted_wal() : log_{open_in_memory()} {
    // nop
  }

  /// Every call of `write`, in order, failed ones included.
  std::vector<group> groups;

  /// Is asked before each write: the failure to answer with, or nothing. May do what else happens during a write.
  std::function<std::optional<failure>(const group&)> before_write = [](const group&) { return std::nullopt; };

  /// What `read` and `recover` fail with, if anything.
  std::optional<failure> read_fault;

  /// What `drop` and `set_metadata` fail with, if anything.
  std::optional<failure> other_fault;

  result<recovered_partition> recover(partition_id partition) override {
    if (read_fault)
      return *read_fault;
    return log_->recover(partition);
  }

  result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max) override {
    if (read_fault)
      return *read_fault;
    return log_->read(partition, first, last, bytes_max);
  }

  result<done> write(std::span<const partition_write> writes) override {
    groups.emplace_back(writes.begin(), writes.end());
    if (auto fault = before_write(groups.back()))
      return *fault;
    return log_->write(writes);
  }

  result<done> compact(partition_id partition, log_position boundary) override {
    return log_->compact(partition, boundary);
  }

  result<done> drop(partition_id partition) override {
    if (other_fault)
      return *other_fault;
    return log_->drop(partition);
  }

  result<std::string> get_metadata(const std::string& key) override {
    return log_->get_metadata(key);
  }

  result<done> set_metadata(const std::string& key, const std::string& value) override {
    if (other_fault)
      return *other_fault;
    return log_->set_metadata(key, value);
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return log_->sync_count();
  }

private:
  static std::unique_ptr<wal> open_in_memory() {
    auto opened = memory_wal()();
    return std::move(*opened);
  }

  std::unique_ptr<wal> log_;
};

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("testing"));
  }
};

/// A system whose actors run when the test says so, and a scripted log.
class fixture {
public:
  fixture() : system_{config_}, log_{std::make_shared<scripted_wal>()} {
    // nop
  }

  /// Lets all actors work until none has anything to do.
  void run() {
    dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run();
  }

  /// Lets virtual time pass, and all actors work that wait for it.
  void pass(caf::timespan span) {
    auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
    scheduler.advance_time(span);
    scheduler.run();
  }

  caf::actor_system& system() {
    return system_;
  }

  scripted_wal& log() {
    return *log_;
  }

  std::shared_ptr<scripted_wal> shared_log() {
    return log_;
  }

private:
  config config_;
  caf::actor_system system_;
  std::shared_ptr<scripted_wal> log_;
};

/// An entry of `size` bytes of payload.
inline entry make_entry(std::uint64_t index, std::uint64_t term, std::size_t size) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, "t", bytes{std::string(size, 'p')}};
}

} // namespace wal_scheduler_test

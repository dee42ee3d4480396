/// A cluster of real nodes in one process and in virtual time: real actors, in-process network, any log. Everything is
/// decided by one seed, nothing waits for a clock on the wall.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kommander/kommander.hpp"
#include "kommander/testing/in_process_network.hpp"
#include "tests/cluster/journal.hpp"
#include "tests/cluster/virtual_scheduler.hpp"

namespace cluster_test {

struct cluster_options {
  std::size_t nodes = 3;
  std::uint32_t partitions = 1;
  bool rocksdb = false; ///< False: in memory.
  std::uint64_t seed = 1;
  std::function<void(kommander::raft_config&)> adjust; ///< May be empty.
  machine_hooks hooks;                                 ///< Of all state machines.
};

/// An answer that has come or will come.
template <class T>
struct pending {
  std::optional<T> value;
  std::optional<caf::error> error;

  [[nodiscard]] bool done() const noexcept {
    return value || error;
  }
};

template <class T>
using pending_ptr = std::shared_ptr<pending<T>>;

/// Everything that a subscriber gets, as text, in order.
using event_log = std::shared_ptr<std::vector<std::string>>;

class virtual_cluster {
public:
  explicit virtual_cluster(cluster_options options);
  ~virtual_cluster();

  virtual_cluster(const virtual_cluster&) = delete;
  virtual_cluster& operator=(const virtual_cluster&) = delete;

  // -- nodes, numbered from 1 ---------------------------------------------------------------------------------------

  /// Starts all nodes.
  void start_all();

  /// Replaces the log with which node `number` starts next.
  void set_log(std::size_t number, kommander::wal_factory log) {
    slots_.at(number - 1).log = std::move(log);
  }

  /// Starts node `number`, on the log that it had before.
  kommander::result<kommander::raft_actor> start(std::size_t number);

  /// Stops node `number` in order.
  kommander::operation_result stop(std::size_t number);

  /// Ends node `number` at once.
  void kill(std::size_t number);

  [[nodiscard]] bool is_up(std::size_t number) const {
    return static_cast<bool>(slot(number).handle);
  }

  [[nodiscard]] kommander::raft_actor node(std::size_t number) const {
    return slot(number).handle;
  }

  [[nodiscard]] const journal& journal_of(std::size_t number) const {
    return *slot(number).lines;
  }

  [[nodiscard]] std::vector<std::size_t> up() const;

  /// What node `number` is started with; for tests that start nodes by themselves.
  kommander::raft_config config_of(std::size_t number) const;
  kommander::raft_parts parts_of(std::size_t number) const;

  // -- requests -----------------------------------------------------------------------------------------------------

  /// Sends a request and does not wait.
  template <class Answer, class Request>
  pending_ptr<Answer> ask(const kommander::raft_actor& to, Request request) {
    auto answer = std::make_shared<pending<Answer>>();
    do_later([=](caf::event_based_actor* self) mutable {
      self->request(to, caf::infinite, std::move(request))
        .then([=](Answer& x) { answer->value = std::move(x); }, [=](caf::error& x) { answer->error = std::move(x); });
    });
    return answer;
  }

  /// Runs until the answer has come; fails the test if it does not within a minute of virtual time.
  template <class T>
  T await(const pending_ptr<T>& x) {
    require(scheduler.run_until([&] { return x->done(); }, std::chrono::minutes{1}), "a request ended in bounded time");
    require(x->value.has_value(), "a request was answered with a status");
    return *x->value;
  }

  /// A proposal whose acknowledgement is remembered: `check_replicas` looks for it everywhere.
  pending_ptr<kommander::propose_result> propose_later(std::size_t number, kommander::partition_id partition,
                                                       std::string payload);

  kommander::propose_result propose(std::size_t number, kommander::partition_id partition, std::string payload) {
    return await(propose_later(number, partition, std::move(payload)));
  }

  /// The node that leads `partition` and takes proposals, as a majority of the nodes that are up sees it. Waits for one.
  std::size_t leader_of(kommander::partition_id partition);

  /// Proposes until it is acknowledged, following the leader; what is refused or unknown is tried again.
  void propose_surely(kommander::partition_id partition, const std::string& payload);

  /// Subscribes to all events of node `number`; right after its start, no event is missed.
  event_log listen(std::size_t number);

  // -- checks -------------------------------------------------------------------------------------------------------

  /// Waits until all nodes that are up have applied the same; then fails the test unless all replicas are equal, in
  /// order, without repetition, and hold every acknowledged entry where it was acknowledged.
  void check_replicas();

  /// Fails the test, at once, unless `condition` holds.
  static void require(bool condition, const std::string& what);

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::shared_ptr<kommander::in_process_network> network;

private:
  struct node_slot {
    kommander::wal_factory log;
    kommander::raft_actor handle;
    journal_ptr lines = std::make_shared<journal>();
    std::string path;
  };

  struct acknowledgement {
    kommander::partition_id partition;
    kommander::log_index index;
    std::string payload;
  };

  [[nodiscard]] const node_slot& slot(std::size_t number) const {
    return slots_.at(number - 1);
  }

  void do_later(std::function<void(caf::event_based_actor*)> what);
  bool replicas_agree() const;
  void check_partition(kommander::partition_id partition) const;

  cluster_options options_;
  std::vector<node_slot> slots_;
  std::vector<acknowledgement> acknowledged_;
  std::vector<std::string> violations_; ///< Of rules that answers must keep.
  caf::actor client_;

public:
  virtual_scheduler scheduler;
};

} // namespace cluster_test

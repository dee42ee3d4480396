/// A cluster in one process for the tests of applications: real nodes with the application's own state machine, a network
/// with faults, and virtual time. One seed decides everything, nothing waits for a clock on the wall, and a run can be
/// repeated. Works with any test framework: what does not hold is thrown as `cluster_failure`.
///
///   kommander::testing::cluster cluster{[](caf::actor_system& system, std::size_t) { return spawn_bank(system); }};
///   cluster.start_all();
///   cluster.propose_surely(kommander::partition_id{1}, "transfer", "ann bob 5");
///   cluster.crash(cluster.leader_of(kommander::partition_id{1}));
///   cluster.check_replicas();
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "kommander/raft.hpp"
#include "kommander/testing/in_process_network.hpp"
#include "kommander/testing/virtual_scheduler.hpp"
#include "kommander/wal.hpp"

namespace kommander::testing {

/// Says what does not hold.
struct cluster_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct cluster_options {
  std::size_t nodes = 3;
  std::uint32_t partitions = 1; ///< With which the cluster begins, beside partition 0.
  std::uint64_t seed = 1;       ///< Decides the order of events, election time-outs and the network's faults.
  /// Settings other than those for tests (heartbeats each 100 ms, elections after 400 to 800 ms, no leader balancer). May be
  /// empty.
  std::function<void(raft_config&)> adjust;
  /// Adds the application's message types and modules. May be empty.
  std::function<void(caf::actor_system_config&)> setup;
  /// The log of node `number`, which it keeps over its restarts. Empty: in memory.
  std::function<wal_factory(std::size_t number)> log;
};

/// Spawns the state machine of node `number`, anew at each of its starts: a node that crashes loses its state machine.
using machine_maker = std::function<machine_handle(caf::actor_system& system, std::size_t number)>;

/// An answer that has come or will come.
template <class T>
struct pending {
  std::optional<T> value;
  std::optional<caf::error> error; ///< What CAF answered for a node that is gone.

  [[nodiscard]] bool done() const noexcept {
    return value || error;
  }
};

template <class T>
using pending_ptr = std::shared_ptr<pending<T>>;

/// Nodes are numbered from 1; a number that is none is thrown as `std::out_of_range`.
class cluster {
public:
  explicit cluster(machine_maker machines, cluster_options options = {});
  virtual ~cluster();

  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  // -- nodes --------------------------------------------------------------------------------------------------------

  void start_all();

  /// Starts a node that does not run, on the log that it had before.
  result<raft_actor> start(std::size_t number);

  /// One node more, with an empty log. It does not run; when it is started, it joins. Returns its number.
  std::size_t add_node();

  /// Stops a node in order.
  operation_result stop(std::size_t number);

  /// Ends a node at once, as a crash of its process would; what it has synced stays.
  void crash(std::size_t number);

  [[nodiscard]] bool is_up(std::size_t number) const;
  [[nodiscard]] std::vector<std::size_t> up() const;

  /// Empty if the node does not run.
  [[nodiscard]] raft_actor node(std::size_t number) const;

  /// Replaces the log with which a node starts next.
  void set_log(std::size_t number, wal_factory log);

  /// What a node is started with; for tests that start nodes by themselves.
  [[nodiscard]] raft_config config_of(std::size_t number) const;
  [[nodiscard]] raft_parts parts_of(std::size_t number) const;

  // -- requests -----------------------------------------------------------------------------------------------------

  /// Sends a request to an actor, and does not wait.
  template <class Answer, class Handle, class Request>
  pending_ptr<Answer> ask(const Handle& to, Request request) {
    auto answer = std::make_shared<pending<Answer>>();
    do_later([=](caf::event_based_actor* self) mutable {
      self->request(to, caf::infinite, std::move(request))
        .then([=](Answer& x) { answer->value = std::move(x); }, [=](caf::error& x) { answer->error = std::move(x); });
    });
    return answer;
  }

  /// Runs until the answer has come. Throws if it does not within a minute of virtual time, or is an error of CAF's.
  template <class T>
  T await(const pending_ptr<T>& x) {
    require(scheduler.run_until([&] { return x->done(); }, std::chrono::minutes{1}), "a request ended in bounded time");
    require(x->value.has_value(), "a request was answered with a status");
    return *x->value;
  }

  /// An acknowledgement is remembered: `check_replicas` looks for the entry on every node. `answered`, if it is not empty,
  /// is called at the moment of the answer.
  pending_ptr<propose_result> propose_later(std::size_t number, partition_id partition, std::string type,
                                            std::string payload,
                                            std::function<void(const propose_result&)> answered = {});

  /// The node that leads `partition` and takes proposals, as a majority of the nodes that are up sees it. Waits for one.
  std::size_t leader_of(partition_id partition);

  /// Proposes until it is acknowledged, following the leader. What is refused or unknown is tried again, so it may be
  /// committed more than once.
  void propose_surely(partition_id partition, const std::string& type, const std::string& payload);

  // -- checks -------------------------------------------------------------------------------------------------------

  /// Waits until all nodes that are up have applied the same. Throws unless their state machines were given the same
  /// entries in the same order, each once, and every acknowledged one among them, in all partitions that there
  /// are; of a `full_state_machine`, from where its own state ended at the start or at its last import.
  virtual void check_replicas();

  /// Throws unless `condition` holds.
  static void require(bool condition, const std::string& what);

protected:
  /// Ends all nodes and the actor system, for classes whose parts these use.
  void end();

private:
  caf::actor_system_config config_;

public:
  std::unique_ptr<caf::actor_system> system;   ///< Has the `testing` scheduler: no actor in it may be detached.
  std::shared_ptr<in_process_network> network; ///< To cut links, and to lose, delay and repeat messages.

private:
  struct delivered;
  struct slot;
  struct acknowledgement {
    partition_id partition;
    log_index index;
    std::string payload;
  };

  [[nodiscard]] const slot& slot_of(std::size_t number) const;
  [[nodiscard]] slot& slot_of(std::size_t number);
  void do_later(std::function<void(caf::event_based_actor*)> what);
  void read_map();
  [[nodiscard]] std::vector<partition_id> present_partitions();
  [[nodiscard]] std::size_t replicas_of(partition_id partition);
  [[nodiscard]] std::vector<std::size_t> hosts_of(partition_id partition) const;
  [[nodiscard]] std::string difference();

  machine_maker machines_;
  cluster_options options_;
  std::vector<std::unique_ptr<slot>> slots_;
  std::vector<acknowledgement> acknowledged_;
  partition_map map_; ///< The newest that was seen.
  caf::actor client_;

public:
  virtual_scheduler scheduler; ///< Lets time pass.
};

} // namespace kommander::testing

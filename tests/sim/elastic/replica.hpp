/// What a partition actor is beside its core, for one replica of an elastic cluster: the real library state behind the real
/// delivery, a keyed machine, control entries, exports of ranges. The glue follows actors/partition/actor/, which needs CAF.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/coordinator/node_request.hpp"
#include "actors/partition/delivery_core.hpp"
#include "actors/partition/goal_order.hpp"
#include "actors/partition/raft_core.hpp"
#include "tests/sim/checker/elastic_facts.hpp"
#include "tests/sim/elastic/keys.hpp"
#include "tests/sim/elastic/machine.hpp"
#include "tests/sim/random.hpp"

namespace kommander::sim {

/// What a replica needs of its node.
class core_owner {
public:
  virtual ~core_owner() = default;

  /// Null while it is down.
  virtual raft_core* core_of(partition_id partition) = 0;

  /// Enters a proposal of one entry; the answer goes to `answered` of the replica.
  virtual proposal_id propose(partition_id partition, proposed_entry x) = 0;
  virtual proposal_id ask_read(partition_id partition) = 0;
  virtual proposal_id change_group(partition_id partition, const group_request& goal) = 0;

  /// The state machine of `partition` has done everything up to `index`.
  virtual void applied(partition_id partition, log_index index) = 0;

  /// What is kept beside the log, at once.
  virtual void keep(partition_id partition, kept_state x) = 0;

  virtual void start_partition(partition_id partition) = 0;
  virtual void stop_partition(partition_id partition) = 0;

  /// The disk says that nothing was ever on another one of this node's.
  virtual void never_here(partition_id partition) = 0;

  /// Of a partition that does not run: what its log says was promised, whether something of it is still on its way to the disk,
  /// and that it goes.
  [[nodiscard]] virtual recovered_partition recovered(partition_id partition) const = 0;
  [[nodiscard]] virtual bool is_writing(partition_id partition) const = 0;
  virtual void drop_log(partition_id partition) = 0;

  virtual void send(raft_message message) = 0;
  virtual hlc_timestamp stamp(std::uint64_t not_before_milliseconds) = 0;
  virtual instant now() = 0;
  virtual std::uint64_t tick() = 0;      ///< Of all nodes.
  virtual std::uint64_t apply_due() = 0; ///< When an application that is asked now answers.
  virtual std::uint64_t disk_due() = 0;
};

/// What a client is told.
struct client_answer {
  status code = status::errored;
  hlc_timestamp ticket;
  log_index index;
  std::string reason;
  const key_cell* cell = nullptr; ///< Of a read that succeeded.
};

/// What a client asks of a partition.
struct elastic_request {
  partition_id partition;
  std::uint64_t attempt = 0; ///< Comes back with the answer; unique.
  bool is_read = false;      ///< Through a read barrier.
  key_request what;
  entry_origin origin;
  bytes map_change; ///< Not empty: a change of the map instead of all this; the partition means nothing.
};

class elastic_replica {
public:
  using client_callback = std::function<void(const client_answer&)>;
  using control_callback = std::function<void(const control_result&)>;
  using range_callback = std::function<void(const range_part&)>;
  using group_callback = std::function<void(const group_report&)>;

  elastic_replica(core_owner& owner, elastic_facts& facts, node_id node, partition_id partition,
                  std::uint64_t partitions_max)
    : owner_{owner},
      facts_{facts},
      node_{node},
      partition_{partition},
      partitions_max_{partitions_max} {
    // nop
  }

  // -- life ---------------------------------------------------------------------------------------------------------

  /// Delivery begins anew. Returns what the core is to go on after.
  log_index start(const recovered_partition& recovered, const partition_info& birth);

  /// Whoever waits is told that it is over here; or nobody is, because the node has died.
  void stop(bool tells = true);

  /// The application's data is lost, too.
  void forget() {
    durable_.reset();
  }

  /// The application answers in its next turn.
  void repair() {
    batch_due_ = 0;
  }

  /// How much the application holds, whatever happens.
  [[nodiscard]] log_index durable() const noexcept {
    return durable_ ? durable_->index : log_index{};
  }

  // -- the core's output, in this order -----------------------------------------------------------------------------

  void answered(const core_reply& x);
  void push(std::vector<entry> committed);

  // -- requests -----------------------------------------------------------------------------------------------------

  void ask(const elastic_request& x, client_callback done);
  void control(const bytes& payload, const control_callback& done);
  void export_range(const range_export& x, range_callback done);

  /// `map` is what the node knows; null: nothing yet.
  void group(const group_request& x, const partition_map* map, const group_callback& done);

  /// Time goes on: the machine answers, exports go on.
  void pass(std::uint64_t tick);

  // -- snapshots and compaction ---------------------------------------------------------------------------------------

  /// Does at once what waits. False: the machine is ahead of what was handled, and there is nothing to export.
  bool settle();

  /// The state now, with its hash over all that was applied; after `settle`.
  [[nodiscard]] std::string export_state(std::uint64_t chain) const;

  /// The chain in what `export_state` has given; another number if any part of it has changed.
  [[nodiscard]] static std::uint64_t chain_of(const std::string& state) noexcept;

  /// Takes over an exported state, durably but for what is kept beside the log.
  void import_state(log_index index, const std::string& state);

  /// What the write that installs the imported state's boundary takes along.
  std::optional<kept_state> take_installed() {
    return std::exchange(installed_, std::nullopt);
  }

  /// Makes some past state durable, and keeps what belongs to it beside the log, not above `durable`. Returns up to where the
  /// log may go; zero: nowhere.
  log_index compact(log_index durable, random_source& random);

  // -- observers ----------------------------------------------------------------------------------------------------

  [[nodiscard]] log_index handled() const noexcept {
    return delivery_->handled();
  }

  [[nodiscard]] const replicated_state& state() const noexcept {
    return delivery_->state();
  }

  [[nodiscard]] const keyed_machine& machine() const noexcept {
    return machine_;
  }

  [[nodiscard]] partition_id partition() const noexcept {
    return partition_;
  }

  [[nodiscard]] bool is_running() const noexcept {
    return delivery_.has_value();
  }

  [[nodiscard]] bool rests() const noexcept {
    return delivery_ && delivery_->rests();
  }

  /// Everything that this node may ever have acknowledged has been delivered. To be asked after each output.
  bool is_complete();

private:
  using reply_callback = std::function<void(const core_reply&)>;

  /// A state of the past.
  struct capture {
    log_index index;
    bytes library;
    std::string machine;
  };

  struct pending_ownership {
    proposal_id id;
    raft_term term;
    ownership after;
  };

  struct waiting_export {
    range_export request;
    log_index index;
    range_callback done;
  };

  struct running_export {
    std::uint64_t attempt = 0;
    std::vector<std::string> parts;
  };

  [[nodiscard]] raft_core& core() const;
  [[nodiscard]] const ownership& owner() const;
  void settle_pending();
  [[nodiscard]] std::optional<client_answer> refuse_now() const;
  [[nodiscard]] std::optional<client_answer> answer_early(const elastic_request& x) const;
  [[nodiscard]] client_answer result_of(const core_reply& x);
  [[nodiscard]] client_answer read_result_of(const core_reply& x, const elastic_request& what) const;
  std::optional<control_result> refuse_control(const bytes& payload);
  [[nodiscard]] control_result control_result_of(const core_reply& x);
  std::optional<range_part> begin_export(const waiting_export& x);
  void continue_exports();

  // -- replica_group.cpp ----------------------------------------------------------------------------------------------
  [[nodiscard]] group_report describe_group(status code) const;

  void hand_over();
  void carry_out();
  void carry_out(const entry& x);
  void end_batch();
  void handled_more();
  void remember();

  core_owner& owner_;
  elastic_facts& facts_;
  node_id node_;
  partition_id partition_;
  std::uint64_t partitions_max_;

  std::optional<capture> durable_; ///< Of the application; survives.

  std::optional<delivery_core> delivery_; ///< None while the replica is down.
  keyed_machine machine_{partition_info{}};
  std::optional<delivery_batch> batch_;
  std::uint64_t batch_due_ = 0;
  std::map<proposal_id, reply_callback> callers_;
  std::optional<pending_ownership> pending_, next_pending_;
  std::vector<waiting_export> waiting_exports_;
  std::optional<running_export> export_;
  std::deque<capture> captures_;
  std::optional<kept_state> installed_;
  std::optional<log_index> complete_at_;
  goal_order goals_;
  log_index last_at_tick_, last_at_tick_before_;
};

} // namespace kommander::sim

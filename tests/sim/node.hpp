/// One simulated node: it owns a core for each partition, and does for them what the partition actors and the actors
/// that write and read the log do, in the way the top of raft_core.hpp tells.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/partition/disk_watch.hpp"
#include "actors/partition/raft_core.hpp"
#include "tests/sim/checker/checker.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/clock.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/elastic/host.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

/// What all nodes share.
struct node_context {
  const plan& settings;
  sim_network& network;
  checker& facts;
  request_book& book;
  const tracer& trace;
  dose& counts;
  elastic_facts* elastic_facts_ = nullptr; ///< Null unless the cluster is elastic.
  roster_facts* roster_facts_ = nullptr;
  elastic_clients* elastic_clients_ = nullptr;
};

/// A client's request on its way to a node.
struct arriving_request {
  request_kind kind = request_kind::proposal;
  partition_id partition;
  node_id target;                                  ///< Of a transfer.
  bool small = false;                              ///< A proposal that fits every limit.
  std::vector<node_id> voters = {}, learners = {}; ///< Of a change.
};

class sim_node : public core_owner {
public:
  sim_node(node_context context, node_id id);

  ~sim_node() override = default;

  // -- called once a tick ---------------------------------------------------------------------------------------------

  /// Lets time pass here too, whether the node has a turn or not.
  void pass_time(std::uint64_t tick);

  /// Takes all that has arrived, and carries out what follows. The node may die in it.
  void turn(std::uint64_t tick);

  /// True if the node is up and may have a turn.
  [[nodiscard]] bool has_turn(std::uint64_t tick) const noexcept;

  // -- what arrives ---------------------------------------------------------------------------------------------------

  void deliver(raft_message message);
  void request(arriving_request x);

  // -- the failure detector -------------------------------------------------------------------------------------------

  void trust_all() {
    suspected_.clear();
  }

  void suspect(node_id peer) {
    suspected_.push_back(peer);
  }

  /// How often the node has started.
  [[nodiscard]] std::uint64_t life() const noexcept {
    return life_;
  }

  // -- faults ---------------------------------------------------------------------------------------------------------

  /// Strikes as the plan says.
  void disturb(std::uint64_t tick);

  /// Dies; comes back at `restart`.
  void crash(std::uint64_t restart);

  /// The state machines have lost everything.
  void forget_applied();

  /// Never begins, or not again, until it is called.
  void hold();

  [[nodiscard]] bool is_held() const noexcept {
    return !up_ && restart_at_ == never;
  }

  /// Begins now.
  void call(std::uint64_t tick) {
    if (is_held())
      restart_at_ = tick;
  }

  /// The disk was emptied, and the node knows that an empty disk may have held something.
  void notice_wipe() {
    wiped_ = true;
  }

  /// From now on nothing fails here; a node that is down starts at once.
  void repair(std::uint64_t tick);

  // -- observers ------------------------------------------------------------------------------------------------------

  [[nodiscard]] node_id id() const noexcept {
    return id_;
  }

  /// False while the node is down or stands still.
  [[nodiscard]] bool is_running(std::uint64_t tick) const noexcept {
    return up_ && tick >= paused_until_;
  }

  [[nodiscard]] sim_disk& disk() noexcept {
    return disk_;
  }

  /// Null while the replica is down.
  [[nodiscard]] const raft_core* core(partition_id partition) const noexcept {
    return replicas_[partition.value() - context_.settings.first_partition()].core.get();
  }

  /// Null unless the cluster is elastic.
  [[nodiscard]] elastic_host* elastic() const noexcept {
    return elastic_.get();
  }

  /// A client of an elastic cluster asks.
  void request(elastic_request x) {
    if (up_)
      elastic_requests_.push_back(std::move(x));
  }

private:
  static constexpr auto never = ~std::uint64_t{0};

  struct pending_read {
    std::uint64_t due = 0;
    log_read what;
    std::optional<std::vector<entry>> early; ///< What was found at once; else it is looked up when it is due.
  };

  struct pending_apply {
    std::uint64_t due = 0;
    std::vector<entry> entries;
  };

  /// A part of a snapshot that is being read, stored or imported.
  struct snapshot_job {
    std::uint64_t due = 0;
    std::optional<snapshot_read> read;
    std::optional<snapshot_write> write;
    bool stored = false;
  };

  /// What a state machine has exported.
  struct exported_state {
    log_index index;
    std::string content;
  };

  struct replica {
    partition_id partition;
    std::unique_ptr<raft_core> core; ///< Null while it is down.
    std::uint64_t restart_at = 0;    ///< When an owner that gave a core up makes a new one; zero: not at all.
    std::deque<pending_read> reads;
    std::deque<pending_apply> applies;
    std::deque<snapshot_job> snapshots;
    std::map<snapshot_session, exported_state> exported;
    std::string received;
    register_machine registers; ///< The state machine, which keeps what it has applied when its node dies.
    bool touched = false;
    write_sequence written, durable; ///< The last write given to the disk, and the last that it reported.
    disk_watch watch{instant{0}};
  };

  replica& replica_of(partition_id partition) {
    return replicas_[partition.value() - context_.settings.first_partition()];
  }

  void start(std::uint64_t tick);
  void start(replica& x, std::uint64_t tick);
  void stop(replica& x);
  log_index draw_applied(const recovered_partition& recovered);

  void run(std::uint64_t tick);
  void end_writes(std::uint64_t tick);
  void end_reads(replica& x, std::uint64_t tick);
  void end_applies(replica& x, std::uint64_t tick);
  void apply(replica& x, const entry& each);
  void take_messages(std::uint64_t tick);
  void take_requests(std::uint64_t tick);
  void rouse(replica& x);
  void tell_suspicions(replica& x, std::uint64_t tick);
  [[nodiscard]] log_loss loss_of(const recovered_partition& recovered) const;
  void find_out(std::uint64_t tick);
  void tell_time(replica& x, std::uint64_t tick);

  /// After each input: carries out what the core has to say, now or at the end of the turn.
  void touched(replica& x, std::uint64_t tick);
  void watch_disk(replica& x);
  [[nodiscard]] bool is_full() const;
  void count_refusals(const raft_message& message);
  void drain(replica& x, std::uint64_t tick, bool may_hold = true);
  void carry_out(replica& x, raft_output out, std::uint64_t tick);
  void write(replica& x, raft_output& out, std::uint64_t tick);
  void read(replica& x, const log_read& what, std::uint64_t tick);
  void send(std::vector<raft_message>& messages, std::uint64_t tick);
  void flip_bit(raft_message& message);

  // -- node_snapshots.cpp -----------------------------------------------------------------------------------------------
  void compact(replica& x, std::uint64_t tick);
  void serve_snapshots(replica& x, raft_output& out, std::uint64_t tick);
  void end_snapshots(replica& x, std::uint64_t tick);
  void export_part(replica& x, const snapshot_read& what);
  bool store_part(replica& x, snapshot_job& job, std::uint64_t tick);
  void describe(const replica& x, const raft_output& out) const;

  /// A place at which the node may die.
  void boundary();

  // -- node_elastic.cpp: what replicas of an elastic cluster need -------------------------------------------------------
  raft_core* core_of(partition_id partition) override;
  proposal_id propose(partition_id partition, proposed_entry x) override;
  proposal_id ask_read(partition_id partition) override;
  proposal_id change_group(partition_id partition, const group_request& goal) override;
  void applied(partition_id partition, log_index index) override;
  void keep(partition_id partition, kept_state x) override;
  void start_partition(partition_id partition) override;
  void stop_partition(partition_id partition) override;
  void never_here(partition_id partition) override;
  [[nodiscard]] recovered_partition recovered(partition_id partition) const override;
  [[nodiscard]] bool is_writing(partition_id partition) const override;
  void drop_log(partition_id partition) override;
  void send(raft_message message) override;
  hlc_timestamp stamp(std::uint64_t not_before_milliseconds) override;
  instant now() override;
  std::uint64_t tick() override;
  std::uint64_t apply_due() override;
  std::uint64_t disk_due() override;
  log_index start_elastic(replica& x, const recovered_partition& recovered, raft_core_start& begin);
  void take_elastic(std::uint64_t tick);
  void settle_elastic(std::uint64_t tick);

  node_context context_;
  node_id id_;
  random_source random_;
  sim_disk disk_;
  sim_clock clock_;
  std::vector<replica> replicas_;
  std::vector<raft_message> inbox_;
  std::vector<arriving_request> requests_;
  std::vector<node_id> suspected_; ///< In this tick.
  bool wiped_ = false;
  bool is_newcomer_ = false; ///< Its disk looks like a wiped one at first.
  bool up_ = false;
  bool repaired_ = false;
  std::uint64_t life_ = 0;
  std::uint64_t restart_at_ = 0;
  std::uint64_t paused_until_ = 0;
  std::uint64_t slow_until_ = 0;
  std::uint64_t slowness_ = 1; ///< One turn in so many ticks.
  std::uint64_t tick_ = 0;     ///< Of the last turn.
  std::unique_ptr<elastic_host> elastic_;
  std::vector<elastic_request> elastic_requests_;
};

} // namespace kommander::sim
